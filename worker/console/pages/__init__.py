"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, books, coverage, entrance, intake, scans

PAGES = (entrance, intake, books, coverage, scans, admin)
