"""The entry of the web server (DRF, admin, pages)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

application = get_wsgi_application()
