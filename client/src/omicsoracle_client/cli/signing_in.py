"""Who asks: a key is kept, and revoked again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from omicsoracle_client.answers import Window
from omicsoracle_client.cli import showing, stored
from omicsoracle_client.cli.asking import Asking, Json, asking
from omicsoracle_client.client import Client
from omicsoracle_client.errors import Problem

Email = Annotated[
    str | None, typer.Option("--email", help="Your address.", envvar="OMICSORACLE_EMAIL")
]


@contextmanager
def session(asked: Asking, email: str | None) -> Iterator[tuple[Client, str]]:
    """Give a client that is signed in with the password, which is asked for, and the address."""
    kept = stored.load()
    email = email or (kept.email if kept else "") or typer.prompt("E-mail", err=True)
    password = typer.prompt("Password", hide_input=True, err=True)
    with asked.anonymous() as client:
        client.auth.login(email, password)
        try:
            yield client, email
        finally:
            client.auth.logout()


def login(
    context: typer.Context,
    email: Email = None,
    with_key: Annotated[
        bool, typer.Option("--key", help="Keep a key that you have; it is asked for.")
    ] = False,
) -> None:
    """Sign in: make an API key for this machine, and keep it where only you can read it."""
    asked = asking(context)
    if with_key:
        kept = stored.Stored(asked.address(), asked.key or _typed_key())
    else:
        with session(asked, email) as (client, address):
            made = client.keys.create(f"omicsoracle on {socket.gethostname()}"[:255])
        kept = stored.Stored(asked.address(), made.key, address, made.id)
    with asked.anonymous(key=kept.key) as client:
        user = client.auth.me()
    file = stored.save(kept)
    showing.line(f"Signed in as {user.email} ({user.tier}). The key is kept in {file}.")


def logout(context: typer.Context) -> None:
    """Forget the key of this machine, and revoke it if `login` made it."""
    asked, kept = asking(context), stored.load()
    if kept is None:
        showing.line("You were not signed in.")
        return
    if kept.key_id and typer.confirm("Revoke the key, too? This asks for your password", err=True):
        try:
            with session(asked, kept.email) as (client, _):
                client.keys.revoke(kept.key_id)
            showing.line("The key is revoked.")
        except Problem as problem:
            showing.note(f"The key was not revoked: {problem.detail}")
    stored.forget()
    showing.line("Signed out: the key is not kept any more.")


def whoami(context: typer.Context, json: Json = False) -> None:
    """Say whose key this is."""
    with asking(context).client() as client:
        user = client.auth.me()
    if json:
        showing.as_json(user)
    else:
        showing.line(f"{user.email} ({user.tier})")


def usage(context: typer.Context, json: Json = False) -> None:
    """Tell how much was used, and how much is left."""
    with asking(context).client() as client:
        used = client.usage()
    if json:
        showing.as_json(used)
        return
    windows = {"hour": used.hour, "day": used.day, "jobs at once": used.concurrent_jobs}
    showing.table(
        ["window", "used", "limit", "left", "next comes back (UTC)"],
        [(name, *_filling(window)) for name, window in windows.items()],
        title=f"Tier {used.tier}",
    )
    if used.by_endpoint:
        rows = [(one.count, one.method, one.endpoint) for one in used.by_endpoint]
        showing.table(["today", "method", "endpoint"], rows)


def _filling(window: Window) -> tuple[object, ...]:
    limit = "none" if window.limit is None else window.limit
    return window.used, limit, window.remaining, window.reset_at


def _typed_key() -> str:
    typed: str = typer.prompt("API key", hide_input=True, err=True)
    return typed.strip()
