"""Which service is asked, by whom; and what is said when it refuses."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from omicsoracle_client.cli import showing, stored
from omicsoracle_client.cli.stored import NotKept
from omicsoracle_client.client import Client
from omicsoracle_client.errors import (
    Conflict,
    Forbidden,
    LimitReached,
    NotAuthenticated,
    NotFound,
    NotReached,
    NotValid,
    OmicsOracleError,
    Problem,
    Unavailable,
)
from omicsoracle_client.transport import Patience

DEFAULT_URL = "http://127.0.0.1:8000"
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Exit(IntEnum):
    """What a program that calls this one learns."""

    FAILED = 1
    NOT_VALID = 2
    NOT_AUTHENTICATED = 3
    FORBIDDEN = 4
    NOT_FOUND = 5
    LIMIT_REACHED = 6
    UNAVAILABLE = 7
    SOME_FAILED = 8
    INTERRUPTED = 130


EXITS: dict[type[Exception], Exit] = {
    NotValid: Exit.NOT_VALID,
    NotAuthenticated: Exit.NOT_AUTHENTICATED,
    NotKept: Exit.NOT_AUTHENTICATED,
    Forbidden: Exit.FORBIDDEN,
    NotFound: Exit.NOT_FOUND,
    Conflict: Exit.FAILED,
    LimitReached: Exit.LIMIT_REACHED,
    Unavailable: Exit.UNAVAILABLE,
    NotReached: Exit.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What was said before the command: it wins over what `login` kept."""

    url: str | None
    key: str | None
    wait: float
    is_insecure: bool

    def client(self) -> Client:
        """Return a client with the key that was given, or kept.

        :raises NotKept: if there is none
        """
        kept = None if self.key else stored.load()
        key = self.key or (kept.key if kept else "")
        if not key:
            raise NotKept("You are not signed in: run `omicsoracle login`.")
        if kept and self.url and self.url.rstrip("/") != kept.url:
            raise NotKept(f"Your key is {kept.url}'s: run `omicsoracle --url {self.url} login`.")
        return self.anonymous(key=key)

    def anonymous(self, *, key: str | None = None) -> Client:
        try:
            return Client(
                self.address(),
                api_key=key,
                patience=Patience(seconds=self.wait),
                is_insecure=self.is_insecure,
            )
        except ValueError as error:
            raise typer.BadParameter(f"{error} On the command line: --insecure.") from error

    def address(self) -> str:
        if self.url:
            return self.url.rstrip("/")
        kept = stored.load()
        return kept.url if kept else DEFAULT_URL


def asking(context: typer.Context) -> Asking:
    found: Asking = context.obj
    return found


class Explaining(TyperGroup):
    """Say what was refused in a sentence, with an exit code, and without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (OmicsOracleError, NotKept, FileNotFoundError, PermissionError) as error:
            explain(error)
            raise typer.Exit(exit_of(error)) from error


def exit_of(error: Exception) -> Exit:
    return next((code for kind, code in EXITS.items() if isinstance(error, kind)), Exit.FAILED)


def explain(error: Exception) -> None:
    if not isinstance(error, Problem):
        showing.note(f"Error: {error}")
        return
    showing.note(f"Error: {error.detail} ({error.code})")
    for name, messages in error.errors.items():
        said = messages if isinstance(messages, list) else [messages]
        showing.note(f"  {name}: {' '.join(map(str, said))}")
    if isinstance(error, LimitReached | Unavailable):
        showing.note(f"  Try again in {error.retry_after:g} s, or let it wait: --wait SECONDS.")
    if error.request_id:
        showing.note(f"  Request {error.request_id}")
