"""The core: facts in, decisions out. No clock, no I/O."""

from reconcile.cases import cases
from reconcile.judging import judge
from reconcile.lifecycle import advance, left_open
from reconcile.linking.dossiers import dossiers
from reconcile.linking.linker import link
from reconcile.statistics import places, tabulate

__all__ = ["advance", "cases", "dossiers", "judge", "left_open", "link", "places", "tabulate"]
