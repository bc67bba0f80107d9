"""How long something that was ended goes on working on another server."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from accounts import password_tokens
from accounts.models import User
from tests.factories import PASSWORD, ApiKeyFactory
from tests.performance.accounts.world import (
    Client,
    Site,
    bearer,
    people,
    sign_in,
    table,
    valkey_stalled,
)

REPETITIONS = 10
WARM = 0.15  # seconds of polling before the act
AFTER = 0.5  # seconds of polling after it; whoever is served throughout fails the measurement
NEW = "eight green herons"
Act = Callable[[Client], int]
Prepared = tuple[dict[str, str], str, Act]


@dataclass(slots=True)
class Polls:
    """When each poll was sent, and its status."""

    sent: list[tuple[float, int]] = field(default_factory=list)


def _user() -> tuple[User, dict[str, str]]:
    (user,) = people(1)
    return user, bearer(sign_in(user).access)


def _admin() -> dict[str, str]:
    (admin,) = people(1, is_staff=True, is_superuser=True)
    return bearer(sign_in(admin).access)


def logout() -> Prepared:
    _, held = _user()
    return held, "auth/me", lambda client: client.call("POST", "auth/logout", {}, **held).status


def session_ended_elsewhere() -> Prepared:
    user, held = _user()
    other = bearer(sign_in(user).access)
    return held, "auth/me", lambda client: client.call("DELETE", "auth/sessions", **other).status


def password_changed_elsewhere() -> Prepared:
    user, held = _user()
    other = bearer(sign_in(user).access)
    body = {"current_password": PASSWORD, "new_password": NEW}
    return (
        held,
        "auth/me",
        lambda client: client.call("PUT", "auth/password/change", body, **other).status,
    )


def password_reset() -> Prepared:
    user, held = _user()
    user.refresh_from_db()
    uid, token = password_tokens.parts_for(user)
    body = {"uid": uid, "token": token, "new_password": NEW}
    path = "auth/password/reset/confirm"
    return held, "auth/me", lambda client: client.call("POST", path, body).status


def account_disabled() -> Prepared:
    user, held = _user()
    path, admin = f"admin/users/{user.pk}", _admin()
    body = {"is_active": False}
    return held, "auth/me", lambda client: client.call("PATCH", path, body, **admin).status


def role_taken() -> Prepared:
    (user,) = people(1, is_staff=True, is_superuser=True)
    path, admin = f"admin/users/{user.pk}", _admin()
    held = bearer(sign_in(user).access)
    body = {"roles": ["user"]}
    return held, "admin/users", lambda client: client.call("PATCH", path, body, **admin).status


def account_deleted() -> Prepared:
    _, held = _user()
    body = {"password": PASSWORD}
    return held, "auth/me", lambda client: client.call("DELETE", "auth/me", body, **held).status


def key_revoked() -> Prepared:
    user, signed_in = _user()
    key = ApiKeyFactory(user=user)
    held = {"X_API_Key": str(key.text)}
    path = f"users/api-keys/{key.pk}"
    return held, "auth/me", lambda client: client.call("DELETE", path, **signed_in).status


KINDS = [
    logout,
    session_ended_elsewhere,
    password_changed_elsewhere,
    password_reset,
    account_disabled,
    role_taken,
    account_deleted,
    key_revoked,
]


def measure(site: Site) -> str:
    rows = []
    for prepare in KINDS:
        cells: list[object] = [prepare.__name__.replace("_", " ")]
        for state in (contextlib.nullcontext, valkey_stalled):
            with state():
                lags = [_lag(site, prepare()) for _ in range(REPETITIONS)]
            cells += [f"{max(lags):.1f}", f"{statistics.median(lags):.1f}"]
        rows.append(cells)
    heading = ["ended by", "Valkey up: max ms", "median ms", "Valkey stalled: max ms", "median ms"]
    return table(
        f"How long it goes on working on another server ({REPETITIONS} times each)", heading, rows
    )


def _lag(site: Site, prepared: Prepared) -> float:
    """Return the milliseconds from the act's answer to the last poll sent later that was served."""
    held, path, act = prepared
    polls, stop = Polls(), threading.Event()
    pollers = [
        threading.Thread(target=_poll, args=(site.ports[1], path, held, polls, stop))
        for _ in range(2)
    ]
    for poller in pollers:
        poller.start()
    time.sleep(WARM)
    status = act(Client(site.ports[0]))
    answered = time.perf_counter()
    time.sleep(AFTER)
    stop.set()
    for poller in pollers:
        poller.join()
    if status not in {200, 204} or not {got for _, got in polls.sent} <= {200, 401, 403}:
        raise RuntimeError(f"{path}: the act got {status}, polls {polls.sent[-5:]}")
    served = [at - answered for at, got in polls.sent if got == 200]
    refused = [at for at, got in polls.sent if got != 200]
    if not served or not refused:
        raise RuntimeError(f"{path}: polls were all served or all refused")
    return max(0.0, *served) * 1000


def _poll(port: int, path: str, held: dict[str, str], polls: Polls, stop: threading.Event) -> None:
    client = Client(port)
    while not stop.is_set():
        sent = time.perf_counter()
        polls.sent.append((sent, client.call("GET", path, **held).status))
