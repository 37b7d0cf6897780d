"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import (
    admin,
    cases,
    entrance,
    mails,
    overview,
    runs,
    tokens,
    worklist,
)

PAGES = (entrance, admin, overview, worklist, cases, runs, mails, tokens)
