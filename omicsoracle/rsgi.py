"""The RSGI application, which the web server runs."""

import sys

from omicsoracle.wsgi import application as django_application

# Threads that work hard would let the loop, which all depend on, wait 5 ms for each turn.
sys.setswitchinterval(0.0005)

from omicsoracle.server import Server  # noqa: E402 (settings are there only now)

application = Server(django_application)
