import pytest
from django.test import Client

from discovery.models import Dataset, Sample
from tests.discovery.conftest import Load
from tests.factories import UserFactory


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("rows", ["dataset", "sample", "platform"])
def test_staff_can_look_at_the_catalogue(rows: str, load: Load, staff: Client) -> None:
    samples = [{"accession": "GSM5", "title": "one"}]
    load({"accession": "GSE7", "platforms": ["GPL5"], "samples": samples})

    page = staff.get(f"/admin/discovery/{rows}/", {"q": {"dataset": "GSE7"}.get(rows, "")})

    assert page.status_code == 200
    assert {"dataset": "GSE7", "sample": "GSM5", "platform": "GPL5"}[rows] in page.text


def test_nobody_edits_the_catalogue_by_hand(load: Load, staff: Client) -> None:
    load({"accession": "GSE7", "title": "Livers", "samples": [{"accession": "GSM5"}]})
    dataset, sample = Dataset.objects.get(), Sample.objects.get()

    staff.post(f"/admin/discovery/dataset/{dataset.pk}/change/", {"title": "Mine"})
    staff.post(f"/admin/discovery/sample/{sample.pk}/delete/", {"post": "yes"})
    added = staff.get("/admin/discovery/platform/add/")

    assert (Dataset.objects.get().title, Sample.objects.count()) == ("Livers", 1)
    assert added.status_code == 403
