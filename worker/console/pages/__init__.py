"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, entrance, overview, runs

PAGES = (admin, entrance, overview, runs)
