"""The RSGI application, which the web server runs."""

import gc

gc.disable()  # modules are no garbage: to look for some meanwhile is a sixth of a start

from omicsoracle.wsgi import application as django_application  # noqa: E402

# isort: split
# Only now, that Django is set up, can the rest be imported.
from django.conf import settings  # noqa: E402

from discovery import embeddings  # noqa: E402
from omicsoracle.server import Server  # noqa: E402

application = Server(django_application)
embeddings.model(threads=settings.EMBEDDING_THREADS)  # or the first search holds up all others

gc.freeze()
gc.enable()
