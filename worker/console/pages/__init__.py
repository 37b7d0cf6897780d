"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import (
    admin,
    books,
    cases,
    coverage,
    entrance,
    intake,
    overview,
    runs,
    scans,
    worklist,
)

PAGES = (admin, books, cases, coverage, entrance, intake, overview, runs, scans, worklist)
