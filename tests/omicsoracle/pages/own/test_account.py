"""One's own account, on pages."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import AuditEntry, User
from tests.factories import PASSWORD, UserFactory
from tests.omicsoracle.pages.own.conftest import browser_of

pytestmark = pytest.mark.django_db


def test_the_name_can_be_changed(browser: Client, user: User) -> None:
    page = browser.post("/account/name", {"full_name": "Ada L. & Co"}, follow=True)

    user.refresh_from_db()
    assert user.full_name == "Ada L. & Co"
    assert "Your name is changed." in page.text
    assert 'value="Ada L. &amp; Co"' in page.text


def test_the_account_goes_with_its_password_and_with_no_other(browser: Client) -> None:
    says = browser.get("/account/delete").text
    wrong = browser.post("/account/delete", {"password": "six purple otters"})
    still_there = User.objects.count()
    gone = browser.post("/account/delete", {"password": PASSWORD}, follow=True)

    assert "What goes" in says
    assert "What stays" in says
    assert wrong.status_code == 400
    assert 'id="id_password_error"' in wrong.text
    assert (still_there, User.objects.count()) == (1, 0)
    assert gone.redirect_chain == [("/", 302)]
    assert "Your account is deleted." in gone.text
    assert browser.get("/account").status_code == 302


def test_a_provider_is_unlinked_unless_it_is_the_only_way_in(browser: Client, user: User) -> None:
    locked_in = UserFactory.create()
    locked_in.set_unusable_password()
    locked_in.save()
    for one in (user, locked_in):
        SocialAccount.objects.create(user=one, provider="github", uid=str(one.pk))

    shown = browser.get("/account").text
    asked = browser.get("/account/linked/github/end").text
    done = browser.post("/account/linked/github/end")
    refused = browser_of(locked_in).post("/account/linked/github/end")

    assert "Github, since" in shown
    assert "Yes, unlink it" in asked
    assert done["Location"] == "/account"
    assert refused.status_code == 409
    assert "your only way to sign in" in refused.text
    assert SocialAccount.objects.get().user_id == locked_in.pk
    assert AuditEntry.objects.filter(action="oauth.unlinked").count() == 1
    assert browser.post("/account/linked/github/end").status_code == 404
