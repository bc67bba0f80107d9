"""`python -m omicsoracle.run.program NAME`: becomes one of the platform's programs, as settings say.

For whoever starts them one by one (systemd, deploy/scripts/deploy); `make run` starts all of them.
"""

import argparse
import os
import sys
from typing import NoReturn

from django.conf import settings

from omicsoracle.run import children

PROGRAMS = {
    "web": lambda: children.web(
        port=settings.PORT, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS
    ),
    "live": lambda: children.live(port=settings.LIVE_PORT),
    "worker": children.worker,
    "batch": lambda: children.batch_worker(processes=settings.BATCH_PROCESSES),
    "beat": children.beat,
}


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="python -m omicsoracle.run.program")
    parser.add_argument("name", choices=PROGRAMS)
    program = PROGRAMS[parser.parse_args().name]()
    environment = {**os.environ, **children.EVERYWHERE, **program.environment}  # noqa: TID251
    os.execve(sys.executable, [sys.executable, *program.arguments], environment)  # noqa: S606


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")  # noqa: TID251
    main()
