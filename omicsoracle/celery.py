"""The Celery application: workers and beat start from here."""

import os

from celery import Celery

import monitoring.celery  # noqa: F401 (connects its signal handlers)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")

app = Celery("omicsoracle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
