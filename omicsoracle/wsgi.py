"""The WSGI application, for any server that speaks it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

django_application = get_wsgi_application()

from accounts.shedding import Shedding  # noqa: E402 (settings are there only now)
from omicsoracle.hot_path import HotPath  # noqa: E402

application = Shedding(HotPath(django_application))
