"""Everything runs, once for all tests of a process; each test has a window of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.e2e import browsing
from tests.e2e.browsing import Visit
from tests.e2e.people import sign_in
from tests.e2e.places import PRIVATE, PUBLIC
from tests.fakes import smtp
from tests.fakes.smtp import Smtp
from tests.ports import free_port
from tests.running import PATIENCE, Run, login_in


@dataclass(frozen=True)
class Platform:
    """What `make run` started, and the mails that it sent."""

    port: int
    mails: Smtp
    email: str  # of the demo user, who is an admin
    password: str
    run: Run

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *command: str) -> None:
        """Run a command of manage.py over the platform's own servers."""
        environment = {**os.environ, **self.run.environment}  # noqa: TID251 (handed on)
        environment["DJANGO_SETTINGS_MODULE"] = "omicsoracle.settings.development"
        subprocess.run(
            [sys.executable, "manage.py", *command],
            env=environment,
            cwd=settings.BASE_DIR,
            check=True,
            capture_output=True,
        )

    def wait_for_mail(self, email: str) -> None:
        until = time.monotonic() + PATIENCE
        while not any(email in one.recipients for one in self.mails.mails):
            assert time.monotonic() < until, f"no mail came to {email}"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def program() -> str:
    """Return Chromium, before anything is started for it."""
    try:
        return browsing.program()
    except browsing.NoBrowser as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def browser(program: str) -> Iterator[Browser]:
    """Return a browser, for no longer than these tests: its loop would be in the way of others'."""
    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="session")
def platform(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder, port = tmp_path_factory.mktemp("e2e"), free_port()
    with smtp.running() as mails:
        environment = {
            "LIVE_PORT": str(free_port()),
            "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
            "EMAIL_VERIFICATION": "required",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "CACHE_KEEPER": "on",
            "FOLLOWS_CHANGES": "on",
        }
        run = Run(folder / "var", port, folder / "said", **environment)
        try:
            run.wait_for("Ready in")
            email, password = login_in(run.said())
            yield Platform(port, mails, email, password, run)
        finally:
            run.end(signal.SIGTERM)


@pytest.fixture
def visit(browser: Browser, platform: Platform) -> Iterator[Visit]:
    """Return a window; at the end its pages must have done nothing that they may not."""
    with browsing.visiting(browser, platform.url) as opened:
        yield opened
    assert opened.complaints == []


@pytest.fixture(scope="module")
def places(browser: Browser, platform: Platform) -> dict[str, str]:
    """Return every page, with a job and a question of the demo user's in the addresses that need one."""
    with browsing.visiting(browser, platform.url) as visit:
        sign_in(visit.page, platform.email, platform.password)
        visit.open(PRIVATE["results"])
        job = _submit(visit)
        question = visit.context.request.get("/api/v2/history/queries").json()["results"][0]["id"]
    return {
        name: path.format(job=job, question=question)
        for name, path in {**PUBLIC, **PRIVATE}.items()
    }


def _submit(visit: Visit) -> str:
    page = visit.open("/batch")
    page.get_by_label("Questions").fill("breast cancer\nmouse liver")
    page.get_by_role("button", name="Run them").click()
    page.wait_for_url("**/batch/*")
    return page.url.rpartition("/")[2]
