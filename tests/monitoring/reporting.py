"""The settings of a test, but for what reports of faults need."""

import os

ADDRESS = os.environ["SENTRY_DSN"]  # noqa: TID251 (there are no settings yet)

from omicsoracle.settings.testing import *  # noqa: E402, F403, TID251

SENTRY_DSN = ADDRESS
