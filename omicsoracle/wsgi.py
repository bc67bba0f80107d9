"""The WSGI application, for any server that speaks it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

django_application = get_wsgi_application()

from omicsoracle.shedding import Shedding  # noqa: E402 (settings are there only now)

application = Shedding(django_application)
