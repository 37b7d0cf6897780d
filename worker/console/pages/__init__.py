"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import entrance, mails, overview, runs

PAGES = (entrance, overview, runs, mails)
