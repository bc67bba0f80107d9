"""Which role may call what: a verdict for every route below admin/, and for every permission."""

from typing import Any

import pytest
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts import roles
from accounts.models import Role, User
from tests.factories import ApiKeyFactory, UserFactory, access_token
from tests.security.routes import METHODS, path_of, routes

pytestmark = pytest.mark.django_db
STAFF = "api/v2/admin/"
RIGHTS: dict[str, dict[str, bool]] = {
    Role.USER: {},
    Role.SUPPORT: {"is_staff": True},
    Role.ADMIN: {"is_staff": True, "is_superuser": True},
}
# A route below admin/ that is missing here fails the test: say who may call it.
MAY = {
    ("GET", "api/v2/admin/analytics/usage"): {Role.ADMIN},
    ("POST", "api/v2/admin/cache/clear"): {Role.ADMIN},
    ("POST", "api/v2/admin/cache/warm"): {Role.ADMIN},
    ("GET", "api/v2/admin/cache/warm/<uuid:warming_id>"): {Role.SUPPORT, Role.ADMIN},
    ("GET", "api/v2/admin/users"): {Role.SUPPORT, Role.ADMIN},
    ("GET", "api/v2/admin/users/<uuid:user_id>"): {Role.SUPPORT, Role.ADMIN},
    ("PATCH", "api/v2/admin/users/<uuid:user_id>"): {Role.ADMIN},
    ("GET", "api/v2/admin/users/<uuid:user_id>/quota"): {Role.SUPPORT, Role.ADMIN},
    ("PUT", "api/v2/admin/users/<uuid:user_id>/quota"): {Role.ADMIN},
    ("DELETE", "api/v2/admin/users/<uuid:user_id>/quota"): {Role.ADMIN},
    ("GET", "api/v2/admin/users/<uuid:user_id>/quota/reset"): {Role.SUPPORT, Role.ADMIN},
    ("POST", "api/v2/admin/users/<uuid:user_id>/quota/reset"): {Role.ADMIN},
}


def staff_routes() -> list[str]:
    return [route for route in routes() if route.startswith(STAFF)]


# One for all cells: each new one would load the middleware anew.
CLIENT = Client(raise_request_exception=False)


def ask(method: str, route: str, headers: dict[str, str]) -> Any:
    body = b"" if method in {"GET", "HEAD", "OPTIONS"} else b"{}"
    return CLIENT.generic(
        method, path_of(route), body, content_type="application/json", headers=headers
    )


def test_every_route_of_staff_has_a_verdict() -> None:
    assert {route for _, route in MAY} == set(staff_routes())


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_gets_in_where_it_may_and_nowhere_else(role: str) -> None:
    user = UserFactory(**RIGHTS[role])
    headers = {"Authorization": f"Bearer {access_token(user)}"}

    wrong = []
    for route in staff_routes():
        offered = {method for method, of in MAY if of == route}
        for method in METHODS:
            is_safe = method in {"GET", "HEAD", "OPTIONS"}
            asked = "GET" if is_safe or method not in offered else method
            asked = asked if asked in offered else min(offered)
            may = role in MAY[asked, route]
            status = ask(method, route, headers).status_code
            if may != (status != 403) or status in {401, 500}:
                wrong.append(f"{method} {route}: {status}")

    assert wrong == []


def test_no_key_gets_in_whatever_its_owners_role() -> None:
    key = ApiKeyFactory(user=UserFactory(**RIGHTS[Role.ADMIN]))

    answers = {
        f"{method} {route}": ask(method, route, {"X-API-Key": key.text})
        for route in staff_routes()
        for method in METHODS
    }

    assert {answer.status_code for answer in answers.values()} == {403}


@pytest.mark.parametrize("role", RIGHTS)
def test_django_asks_the_same_table(role: str) -> None:
    user = User(**RIGHTS[role])
    permissions = {"accounts.view_user", "accounts.change_user", "accounts.delete_auditentry"}

    had = {one for one in permissions if user.has_perm(one)}

    assert had == {one for one in permissions if roles.allow([role], one)}
    assert user.has_module_perms("accounts") == (role != Role.USER)


@pytest.mark.parametrize("role", RIGHTS)
def test_a_disabled_account_has_no_permission(role: str) -> None:
    user = User(is_active=False, **RIGHTS[role])

    assert not user.has_perm("accounts.view_user")
    assert not user.has_module_perms("accounts")


@pytest.mark.parametrize(("role", "status"), [(Role.SUPPORT, 200), (Role.USER, 302)])
def test_a_plain_view_is_guarded_by_the_same_table(role: str, status: int) -> None:
    @permission_required("accounts.view_user")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = UserFactory.create(**RIGHTS[role])

    assert view(request).status_code == status
