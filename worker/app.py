"""The door that ``celery -A worker.app`` knows: brokers, compose files and units name it."""

from worker.service.celery import app

__all__ = ["app"]
