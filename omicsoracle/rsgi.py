"""The RSGI application, which the web server runs."""

from omicsoracle.wsgi import application as django_application

# isort: split
# Only now, that Django is set up, can the rest be imported.
from omicsoracle.server import Server

application = Server(django_application)
