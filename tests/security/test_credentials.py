"""Every private route, by every method, with credentials that must open nothing.

With `--thorough` every cell is looked at: all routes, all methods, all credentials. Else all cells
of nobody's credential, and every eighth of each other one, each time others: each route is asked by
each method with several credentials, each credential is sent to some fifty routes.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.permissions import NEVER_BY_KEY
from tests.security.credentials import AMBIGUOUS, GOOD, REFUSED, Sent, World
from tests.security.routes import METHODS, PUBLIC, path_of, private, routes

FEWEST_CREDENTIALS = 24
NOTHING = "none"
STRIDE = 8  # the number of methods is no divisor of it: all of them come up
pytestmark = pytest.mark.django_db
# One for all cells: each new one would load the middleware anew.
CLIENT = Client(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def world(db: None) -> World:
    return World.make()


def ask(method: str, route: str, sent: Sent) -> Any:
    CLIENT.cookies.clear()
    for name, value in sent.cookies.items():
        CLIENT.cookies[name] = value
    return CLIENT.generic(
        method,
        path_of(route),
        b"" if method in {"GET", "HEAD", "OPTIONS"} else b"{}",
        content_type="application/json",
        headers=dict(sent.headers),
        QUERY_STRING=urlencode(sent.query),
    )


def cells(of: list[str]) -> Iterator[tuple[str, str]]:
    return ((method, route) for route in of for method in METHODS)


@pytest.fixture
def some(request: pytest.FixtureRequest, credential: str) -> slice:
    """Return which cells of a credential are looked at."""
    if request.config.getoption("--thorough") or credential == NOTHING:
        return slice(None)
    return slice(list(REFUSED).index(credential) % STRIDE, None, STRIDE)


def is_a_proper_refusal(answer: Any, *, is_ambiguous: bool, has_body: bool) -> bool:
    status, code = (400, "ambiguous_credentials") if is_ambiguous else (401, None)
    if answer.status_code != status or answer["Content-Type"] != "application/problem+json":
        return False
    if status == 401 and answer["WWW-Authenticate"] != "Bearer":
        return False
    return not has_body or code is None or answer.json()["code"] == code


@pytest.mark.no_cover
@pytest.mark.parametrize("credential", REFUSED)
def test_nothing_private_opens(credential: str, world: World, some: slice) -> None:
    sent = REFUSED[credential](world)

    wrong = []
    for method, route in list(cells(private()))[some]:
        answer = ask(method, route, sent)
        if not is_a_proper_refusal(
            answer, is_ambiguous=credential in AMBIGUOUS, has_body=method != "HEAD"
        ):
            wrong.append(f"{method} {route}: {answer.status_code}")

    assert wrong == []


@pytest.mark.no_cover
@pytest.mark.parametrize("credential", GOOD)
def test_the_good_credentials_of_that_world_open_everything(credential: str, world: World) -> None:
    """Else the cells above would say nothing; each good one opens a share of them."""
    wrong = []
    for method, route in list(cells(private()))[list(GOOD).index(credential) :: len(GOOD)]:
        sent = GOOD[credential](world)
        answer = ask(method, route, sent)
        is_far = "key" in credential and route.startswith(NEVER_BY_KEY)
        if is_far != (answer.status_code == 403) or answer.status_code in {401, 500, 503}:
            wrong.append(f"{method} {route}: {answer.status_code}")
        world = World.make()  # the route may have been the one that signs out

    assert wrong == []


@pytest.mark.no_cover
@pytest.mark.parametrize("credential", REFUSED)
def test_what_is_public_answers_the_same_with_a_bad_credential(
    credential: str, world: World, some: slice
) -> None:
    sent = REFUSED[credential](world)

    wrong = []
    for method, route in list(cells(sorted(PUBLIC)))[some]:
        given, plain = ask(method, route, sent).status_code, ask(method, route, Sent()).status_code
        if given != plain or given >= 500:
            wrong.append(f"{method} {route}: {given} instead of {plain}")

    assert wrong == []


@pytest.mark.no_cover
def test_a_browsers_session_without_the_csrf_token_writes_nothing(world: World) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.user)

    wrong = []
    for method, route in cells(private()):
        if method not in {"GET", "HEAD", "OPTIONS"}:
            answer = client.generic(method, path_of(route), b"{}", content_type="application/json")
            if answer.status_code != 403:
                wrong.append(f"{method} {route}: {answer.status_code}")

    assert wrong == []


@pytest.mark.parametrize("page", ["/", "https://evil.example/"])
def test_a_foreign_page_writes_nothing_even_with_the_csrf_cookie(page: str, world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.user)
    client.cookies["csrftoken"] = "c" * 32

    answer = client.post(
        "/api/v2/auth/logout",
        b"{}",
        content_type="application/json",
        headers={"Origin": page, "X-CSRFToken": "c" * 32},
    )

    assert answer.status_code == 403


def test_every_public_route_still_exists() -> None:
    assert set(routes()) >= PUBLIC


def test_the_whole_matrix_is_as_large_as_promised(capsys: pytest.CaptureFixture[str]) -> None:
    refused = len(private()) * len(METHODS) * len(REFUSED)
    public = len(PUBLIC) * len(METHODS) * len(REFUSED)

    with capsys.disabled():
        print(  # noqa: T201 - the figure is the point
            f"\n{len(private())} private routes * {len(METHODS)} methods * {len(REFUSED)}"
            f" credentials = {refused} cells; {public} more on {len(PUBLIC)} public routes"
        )
    assert len(REFUSED) >= FEWEST_CREDENTIALS
    assert private()
