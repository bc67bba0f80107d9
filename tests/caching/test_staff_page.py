"""The staff's page of the cache."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from caching.keys import Key
from caching.models import Warming
from caching.services import Rendered, remember
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/caching/searchcache/"
KEY = Key("geo:query", "x")


def ask() -> bool:
    made = remember(KEY, lambda: Rendered(b"{}", ["dataset:GSE7"]), text="liver of rats")
    return made.is_cached


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


@pytest.fixture
def support() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


def test_staff_see_the_figures_and_the_answers(support: Client) -> None:
    ask()
    ask()

    page = support.get(PAGE).content.decode()

    assert "liver of rats" in page
    assert "50 % of all questions" in page
    assert 'class="chart"' in page


def test_support_sees_but_does_nothing(support: Client) -> None:
    ask()

    page = support.get(PAGE).content.decode()
    refused = support.post(f"{PAGE}act/", {"act": "clear"})

    assert "Empty all levels" not in page
    assert refused.status_code == 403
    assert ask()


def test_an_admin_empties_all_levels(staff: Client) -> None:
    ask()

    page = staff.post(f"{PAGE}act/", {"act": "clear"}, follow=True).content.decode()

    assert "1 answers will be made anew" in page
    assert not ask()
    assert AuditEntry.objects.filter(action="cache.cleared").exists()


def test_an_admin_has_the_answers_with_a_series_made_anew(staff: Client) -> None:
    ask()

    staff.post(f"{PAGE}act/", {"act": "invalidate", "dataset_id": " gse7 "})

    assert not ask()


def test_an_admin_has_questions_answered_in_advance(staff: Client) -> None:
    staff.post(f"{PAGE}act/", {"act": "warm", "top": "5"})

    assert Warming.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{"act": "invalidate", "dataset_id": "x"}, {"act": "warm", "top": "many"}, {}]
)
def test_what_cannot_be_done_is_told(staff: Client, sent: dict[str, str]) -> None:
    ask()

    page = staff.post(f"{PAGE}act/", sent, follow=True)

    assert page.status_code == 200
    assert (
        b"That is no accession" in page.content
        or b"How many?" in page.content
        or (b"no such action" in page.content)
    )
    assert ask()


def test_acting_takes_a_post(staff: Client) -> None:
    assert staff.get(f"{PAGE}act/").status_code == 405
