"""The WSGI application, for any server that speaks it."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

# Threads that work hard would let one that only refuses wait 5 ms each.
sys.setswitchinterval(0.0005)

django_application = get_wsgi_application()

from omicsoracle.hot_path import HotPath  # noqa: E402 (settings are there only now)
from omicsoracle.shedding import Shedding  # noqa: E402

application = Shedding(HotPath(django_application))
