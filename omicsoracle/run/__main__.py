"""The program behind `make run`."""

import argparse
import errno
import json
import os
import sys
import time
from functools import partial
from typing import NoReturn, TextIO, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rich.console import Console

from monitoring import slots
from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server, wait_until
from omicsoracle.run import checks, children
from omicsoracle.run.children import Program
from omicsoracle.run.example import QUESTION, SHOWN, Site, show_answer
from omicsoracle.run.interruptions import Interruptions, Stopped
from omicsoracle.run.prepare import Demo, prepare
from omicsoracle.run.steps import Lasting, Steps
from omicsoracle.run.team import Team

LOOK_SECONDS = 0.5
PIPED_WIDTH = 120  # columns, where nobody says how wide the page is


def main() -> int:
    """Run until we are stopped; return 0 then, and 1 if something could not be started."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m omicsoracle.run", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when the parent ends")
    interruptions = Interruptions(with_parent=parser.parse_args().with_parent)
    interruptions.listen()
    page = Lasting(sys.stdout)
    width = None if page.isatty() else PIPED_WIDTH
    steps = Steps(Console(file=cast("TextIO", page), width=width, highlight=False))
    try:
        _check()
        _run(steps, interruptions, started=started)
    except Stopped:
        steps.write("Everything is stopped.")
        return 0
    except CannotStart as error:
        return _refuse(steps, str(error))
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return _refuse(steps, f"The disk is full ({error}): make room and start again.")


def _refuse(steps: Steps, sentence: str) -> int:
    steps.write(f"\nmake run: {sentence}")
    return 1


def _check() -> None:
    """Read the settings, and refuse what cannot work before anything is started."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "omicsoracle.settings.development"  # noqa: TID251
    try:
        checks.require_space(settings.VAR_DIR)
    except (ImproperlyConfigured, ValueError, PermissionError) as error:
        raise CannotStart(f"A setting in the environment or in .env will not do: {error}") from None
    if not settings.EMBEDDED_POSTGRES:
        checks.require_postgres(settings.DATABASES["default"])
    if not settings.EMBEDDED_VALKEY:
        checks.require_valkey(settings.REDIS_URL)


def _run(steps: Steps, interruptions: Interruptions, *, started: float) -> NoReturn:
    lock = checks.hold(settings.VAR_DIR)
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard, steps.tell, interruptions.pause)
    team = Team(home)
    try:
        team.end_leftovers()
        slots.clear()
        checks.require_port(settings.PORT)
        checks.require_port(settings.LIVE_PORT, variable="LIVE_PORT")
        _start_servers(steps, home, team)
        with interruptions.at_once():
            demo = prepare(steps)
        site = Site(settings.PORT)
        _start_web(steps, home, team, site)
        show_answer(steps, site, demo)
        _start_others(steps, home, team)
        _show_doors(steps, site, demo, seconds=time.monotonic() - started)
        while True:
            interruptions.pause(LOOK_SECONDS)
            team.look(at=time.monotonic())
    finally:
        with steps.step("Stopping"):
            team.stop()
            guard.close()
        lock.close()


def _start_servers(steps: Steps, home: Home, team: Team) -> None:
    if settings.EMBEDDED_POSTGRES:
        with steps.step("PostgreSQL"):
            team.start("PostgreSQL", partial(postgres.start, home), is_ours=False)
    if settings.EMBEDDED_VALKEY:
        with steps.step("Valkey"):
            team.start("Valkey", partial(valkey.start, home), is_ours=False)
            cache = partial(valkey.start_cache, home, max_bytes=settings.CACHE_L2_BYTES)
            team.start("Valkey cache", cache, is_ours=False)


def _start_web(steps: Steps, home: Home, team: Team, site: Site) -> None:
    web = children.web(
        port=settings.PORT, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS
    )
    with steps.step("Web server"):
        wait_until(home, site.is_ready, _start(web, home, team))


def _start_others(steps: Steps, home: Home, team: Team) -> None:
    """Start what the example question does not need: beside the web server it would hold that up."""
    others = (
        children.live(port=settings.LIVE_PORT),
        children.worker(),
        children.batch_worker(processes=settings.BATCH_PROCESSES),
        children.beat(),
    )
    with steps.step("Live server, workers, beat"):
        live, *_ = [_start(program, home, team) for program in others]
        wait_until(home, Site(settings.LIVE_PORT).is_alive, live)


def _start(program: Program, home: Home, team: Team) -> Server:
    start = partial(children.start, home, program, project=settings.BASE_DIR)
    return team.start(program.name, start)


def _show_doors(steps: Steps, site: Site, demo: Demo, *, seconds: float) -> None:
    body = json.dumps({"query": QUESTION, "max_results": SHOWN})
    curl = (
        f"curl -s {site.url}/api/v2/agents/search -H 'X-API-Key: {demo.api_key}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )
    steps.write(
        f"""
Ask it yourself:
  {curl}

Application  {site.url}/
API docs     {site.url}/docs
Admin site   {site.url}/admin/
WebSockets   {settings.LIVE_URL}/ws/
For agents   http://127.0.0.1:{settings.LIVE_PORT}/mcp
Demo login   {demo.email}  {demo.password}
Demo key     {demo.api_key}
Logs         {settings.VAR_DIR / "log"}

Ready in {seconds:.1f} s. Ctrl-C stops everything."""
    )


if __name__ == "__main__":
    sys.exit(main())
