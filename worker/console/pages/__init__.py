"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, entrance, mails, overview, runs, tokens

PAGES = (entrance, admin, overview, runs, mails, tokens)
