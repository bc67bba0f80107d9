"""Django as a WSGI application, for any server that speaks it; `omicsoracle.rsgi` has it within."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

application = get_wsgi_application()
