"""One module a story; each has a ``router``. What a page module must do: ``worker.console``."""

from worker.console.pages import admin, check, entrance, inspecting, pairs, reporting

PAGES = (entrance, pairs, reporting, inspecting, check, admin)
