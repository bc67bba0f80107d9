import base64

import pytest
from rest_framework.test import APIClient

from tests.factories import ApiKeyFactory

DATASETS = "/api/v2/datasets"


@pytest.fixture
def api(db: None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


def forged(cursor: str) -> str:
    return base64.b64encode(cursor.encode()).decode()


@pytest.mark.parametrize("size", ["0", "101", "-1", "1.5", "ten", "٣", "", "9" * 5000])
def test_a_page_size_that_is_none_is_refused(size: str, api: APIClient) -> None:
    answer = api.get(DATASETS, {"page_size": size})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["page_size"])


@pytest.mark.parametrize(
    "cursor", ["x", "ÿ", "%00", forged("p=nobody"), forged("p=1'--"), forged("o=x"), forged("o=-5")]
)
def test_a_cursor_that_is_none_is_refused(cursor: str, api: APIClient) -> None:
    answer = api.get(DATASETS, {"cursor": cursor})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])
