"""The core: facts in, decisions out. No clock, no I/O."""

from reconcile.cases import cases
from reconcile.linking.linker import link

__all__ = ["cases", "link"]
