"""`omicsoracle`: the commands, and what stands before all of them."""

from typing import Annotated

import typer

from omicsoracle_client.cli import batches, finding, keys, signing_in
from omicsoracle_client.cli.asking import Asking, Explaining

EPILOG = (
    "Exit codes: 0 done · 1 failed · 2 not valid · 3 not signed in · 4 not allowed · 5 not found · "
    "6 limit reached · 7 not available · 8 some questions of a batch failed · 130 interrupted."
)

app = typer.Typer(
    cls=Explaining,
    no_args_is_help=True,
    help="Ask a plain question, get the GEO series that answer it.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
)


@app.callback()
def before(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(envvar="OMICSORACLE_URL", help="Where the service is.", show_default=False),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="OMICSORACLE_API_KEY",
            help="An API key, in place of the one that `login` kept. "
            "On the command line others may see it: prefer the variable.",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait, in all, when a limit is reached.")
    ] = 60.0,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Send the key over http, where others can read it.")
    ] = False,
) -> None:
    context.obj = Asking(url, key, wait, insecure)


app.command("login")(signing_in.login)
app.command("logout")(signing_in.logout)
app.command("whoami")(signing_in.whoami)
app.command("usage")(signing_in.usage)
app.command("search")(finding.search)
app.command("dataset")(finding.dataset)
app.command("report")(finding.report)
app.command("history")(finding.history)
app.add_typer(keys.app, name="key", help="API keys. They ask for your password.")
app.add_typer(batches.app, name="batch", help="Many questions at once.")
