"""The project: settings, entry points and what puts the apps together."""

from ppob.celery import app as celery_app

__all__ = ["celery_app"]
