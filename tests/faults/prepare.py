"""Makes the tables, a few series and people without limits: a process of its own, so that only it
knows another database than the tests'.
"""

import itertools
import json
import sys
from datetime import UTC, datetime

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.models import Tier  # noqa: E402
from discovery.services import catalogue  # noqa: E402
from tests.factories import ApiKeyFactory, UserFactory  # noqa: E402

SERIES, PEOPLE = 30, 12


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    with settings.STARTER_CATALOGUE.open("rb") as stream:
        lines = list(itertools.islice(catalogue.read_lines(stream), SERIES))
    catalogue.load(lines=lines, at=datetime(2026, 1, 1, tzinfo=UTC))
    readers = [
        UserFactory.create(email=f"reader-{number}@example.org", tier=Tier.ENTERPRISE)
        for number in range(PEOPLE)
    ]
    keys = [ApiKeyFactory.create(user=reader, scopes=["read", "write"]) for reader in readers]
    json.dump([key.text for key in keys], sys.stdout)


main()
