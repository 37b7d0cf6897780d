"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, cases, entrance, overview, runs, worklist

PAGES = (admin, cases, entrance, overview, runs, worklist)
