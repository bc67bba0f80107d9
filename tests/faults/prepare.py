"""Makes the tables, a few series and somebody without limits: a process of its own, so that only it
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

SERIES = 30


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    with settings.STARTER_CATALOGUE.open("rb") as stream:
        lines = list(itertools.islice(catalogue.read_lines(stream), SERIES))
    catalogue.load(lines=lines, at=datetime(2026, 1, 1, tzinfo=UTC))
    user = UserFactory.create(email="reader@example.org", tier=Tier.ENTERPRISE)
    key = ApiKeyFactory.create(user=user, scopes=["read", "write"])
    json.dump({"key": key.text}, sys.stdout)


main()
