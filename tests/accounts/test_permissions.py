from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import ApiKey, Session
from accounts.permissions import WithinKeyScopes

READER, WRITER, BOTH = (ApiKey(scopes=s) for s in (["read"], ["write"], ["read", "write"]))


def allows(credential: object, method: str, route: str) -> bool:
    request: Any = SimpleNamespace(
        auth=credential, method=method, resolver_match=SimpleNamespace(route=route)
    )
    return WithinKeyScopes().has_permission(request, None)


@pytest.mark.parametrize(
    ("method", "route", "reader", "writer"),
    [
        ("GET", "api/v2/datasets", True, False),
        ("HEAD", "api/v2/datasets", True, False),
        ("OPTIONS", "api/v2/datasets", True, False),
        ("POST", "api/v2/agents/search", True, False),
        ("POST", "api/v2/batch/jobs", False, True),
        ("PATCH", "api/v2/auth/me", False, True),
        ("PUT", "api/v2/auth/password/change", False, True),
        ("DELETE", "api/v2/history/queries", False, True),
        ("GET", "api/v2/admin/users", False, False),
        ("POST", "api/v2/admin/cache/clear", False, False),
        ("GET", "api/v2/users/api-keys", False, False),
        ("POST", "api/v2/users/api-keys/<uuid:id>/rotate", False, False),
        ("GET", "api/v2/users/usage", True, False),
    ],
)
def test_a_key_does_what_its_scopes_say(
    method: str, route: str, *, reader: bool, writer: bool
) -> None:
    assert allows(READER, method, route) is reader
    assert allows(WRITER, method, route) is writer
    assert allows(BOTH, method, route) is (reader or writer)


@pytest.mark.parametrize("signed_in", [Session(), None], ids=["by token", "in a browser"])
def test_people_may_do_what_keys_may_not(signed_in: Session | None) -> None:
    assert allows(signed_in, "POST", "api/v2/users/api-keys")
