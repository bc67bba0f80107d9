"""Puts the parts together; nothing imports it."""

from omicsoracle.celery import app as celery_app

__all__ = ["celery_app"]
