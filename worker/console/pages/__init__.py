"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import (
    admin,
    books,
    cases,
    checks,
    coverage,
    entrance,
    inspecting,
    intake,
    mails,
    overview,
    pairs,
    reporting,
    runs,
    scans,
    tokens,
    worklist,
)

PAGES = (
    admin,
    books,
    cases,
    checks,
    coverage,
    entrance,
    inspecting,
    intake,
    mails,
    overview,
    pairs,
    reporting,
    runs,
    scans,
    tokens,
    worklist,
)
