"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, cases, entrance, worklist

PAGES = (entrance, admin, worklist, cases)
