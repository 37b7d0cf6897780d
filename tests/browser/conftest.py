"""The console's offices for whoever walks through it here."""

from tests.worker.console.conftest import console, decided, shared_console

__all__ = ["console", "decided", "shared_console"]
