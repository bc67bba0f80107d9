"""`omicsoracle key`: made, listed, revoked. No key may do that: a password is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from omicsoracle_client.cli import showing
from omicsoracle_client.cli.asking import Json, asking
from omicsoracle_client.cli.signing_in import Email, session

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    email: Email = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="`read` or `write`; more than once for both.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it ends.")] = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown this once."""
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with session(asking(context), email) as (client, _):
        made = client.keys.create(name, scopes=scope or (), expires_at=until)
    if json:
        showing.as_json(made)
        return
    showing.line(made.key)
    showing.note("Keep it: it is shown this once.")


@app.command("list")
def show(context: typer.Context, email: Email = None, json: Json = False) -> None:
    """List your keys, without their secrets."""
    with session(asking(context), email) as (client, _):
        found = list(client.keys.list())
    if json:
        showing.as_json(found)
        return
    showing.table(
        ["id", "name", "prefix", "scopes", "last used", "ends", "revoked"],
        [
            (
                *(one.id, one.name, one.prefix, " ".join(one.scopes)),
                *(one.last_used_at, one.expires_at, one.revoked_at),
            )
            for one in found
        ],
    )


@app.command()
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Its id or its prefix, as `key list` shows them.")],
    email: Email = None,
) -> None:
    """Have a key refused from now on."""
    with session(asking(context), email) as (client, _):
        found = next((one for one in client.keys.list() if key in {one.id, one.prefix}), None)
        if found is None:
            raise typer.BadParameter(f"You have no key {key}: `omicsoracle key list` shows yours.")
        client.keys.revoke(found.id)
    showing.line(f"{found.name} ({found.prefix}) is revoked.")
