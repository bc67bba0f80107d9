"""Processes that answer requests and end, most of them killed, each replaced by the next.

A program of its own: it forks, which a process with pytest's threads had better not.
"""

import os
import signal
import sys

import django
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import resolve

AT_ONCE = 4


def main(processes: int, requests: int) -> None:
    django.setup()
    setup_test_environment()
    resolve("/health/live")  # loads the site once, for all of them
    for number in range(processes):
        if number >= AT_ONCE:
            os.wait()
        if os.fork() == 0:
            answer(requests)
            if number % 3:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
    for _ in range(min(AT_ONCE, processes)):
        os.wait()


def answer(requests: int) -> None:
    client = Client()
    for _ in range(requests):
        assert client.get("/health/live").status_code == 200


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
