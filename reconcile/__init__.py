"""The core: facts in, decisions out. No clock, no I/O.

Its verbs are loaded when they are first called: who only reads values loads no linking.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reconcile.cases import cases

if TYPE_CHECKING:
    from reconcile.figures.statistics import places, tabulate
    from reconcile.judging.judge import judge
    from reconcile.lifecycle import advance, left_open
    from reconcile.linking.dossiers import dossiers
    from reconcile.linking.linker import link

__all__ = ["advance", "cases", "dossiers", "judge", "left_open", "link", "places", "tabulate"]

_HOMES = {
    "advance": "reconcile.lifecycle",
    "left_open": "reconcile.lifecycle",
    "dossiers": "reconcile.linking.dossiers",
    "link": "reconcile.linking.linker",
    "judge": "reconcile.judging.judge",
    "places": "reconcile.figures.statistics",
    "tabulate": "reconcile.figures.statistics",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)
