"""The core: facts in, decisions out. No clock, no I/O."""

from reconcile.cases import cases
from reconcile.figures.statistics import places, tabulate
from reconcile.judging.judge import judge
from reconcile.lifecycle import advance, left_open
from reconcile.linking.dossiers import dossiers
from reconcile.linking.linker import link

__all__ = ["advance", "cases", "dossiers", "judge", "left_open", "link", "places", "tabulate"]
