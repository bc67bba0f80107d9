"""The whole platform as `make run` starts it, and who asks it what."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import cycle

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Tier
from discovery.models import Dataset
from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, wait_until
from omicsoracle.run import children, example
from tests.factories import ApiKeyFactory, UserFactory
from tests.performance.requests import site as requests_site
from tests.performance.requests.subjects import Headers
from tests.performance.starter import make_database
from tests.ports import free_port

DATABASE = "endurance_measured"
# So small that all are full long before the slope of memory is taken.
CACHES = {"CACHE_L1_BYTES": "6000000", "CACHE_L2_BYTES": "24000000"}
PRIMING_AT_ONCE, BROWSERS = 6, 20
PRIMED = 4  # times that each question is asked


@dataclass(slots=True)
class Site:
    """The platform.

    :param pids: the first process of each program, by its name
    :param cookies: headers of people who are signed in in a browser
    :param free: somebody who soon comes to a limit
    """

    port: int
    live_port: int
    pids: dict[str, int] = field(default_factory=dict)
    keys: list[Headers] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    accessions: list[str] = field(default_factory=list)
    cookies: list[Headers] = field(default_factory=list)
    free: Headers = field(default_factory=dict)


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """Run everything while the block lasts, with all questions answered once."""
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as stack:
        stack.callback(guard.close)
        site = Site(free_port(), free_port())
        started = {
            "PostgreSQL": postgres.start(home),
            "Valkey": valkey.start(home, options=valkey.FORGETFUL),
            "Valkey cache": valkey.start_cache(home, max_bytes=int(CACHES["CACHE_L2_BYTES"])),
        }
        for name, server in started.items():
            stack.callback(server.stop)
            site.pids[name] = server.process.pid
        stack.callback(connection.close)
        make_database(DATABASE)
        _fill(site)
        for program in _programs(site):
            server = children.start(home, program, project=settings.BASE_DIR)
            stack.callback(server.stop)
            site.pids[program.name] = server.process.pid
            if program.name == "web":
                wait_until(home, example.Site(site.port).is_ready, server)
        _prime(site)
        yield site


def _fill(site: Site) -> None:
    site.keys, site.questions = requests_site.people(), requests_site.questions()
    site.accessions = list(Dataset.objects.values_list("accession", flat=True))
    site.cookies = [_browser() for _ in range(BROWSERS)]
    site.free = {"X-API-Key": ApiKeyFactory(user=UserFactory(tier=Tier.FREE)).text}


def _browser() -> Headers:
    client = Client()
    client.force_login(UserFactory(tier=Tier.ENTERPRISE))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"Accept": "text/html", "Cookie": f"{cookie.key}={cookie.value}"}


def _programs(site: Site) -> list[children.Program]:
    ours = {"DATABASE_NAME": DATABASE, "LOG_LEVEL": "WARNING", **CACHES}
    programs = (
        children.web(port=site.port, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS),
        children.live(port=site.live_port),
        children.worker(),
        children.batch_worker(processes=settings.BATCH_PROCESSES),
        children.beat(),
    )
    return [replace(one, environment=one.environment | ours) for one in programs]


def _prime(site: Site) -> None:
    """Have everybody ask, and every question asked, some times: on a platform that has run for a day most is known already.

    Each process of the web server learns by itself; to which of them a connection goes is chance.
    """
    asked = example.Site(site.port)
    keys = cycle(who["X-API-Key"] for who in site.keys)
    with ThreadPoolExecutor(PRIMING_AT_ONCE) as pool:
        found = pool.map(
            lambda pair: asked.search(pair[0], key=pair[1])[0],
            zip(site.questions * PRIMED, keys, strict=False),
        )
        statuses = Counter(found)
    if set(statuses) != {200}:
        raise RuntimeError(f"Not all questions were answered: {dict(statuses)}.")
