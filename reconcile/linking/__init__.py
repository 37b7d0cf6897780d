"""Linking register rows to dossiers: by codes, by numbers, and else by people and dates."""

from reconcile.linking.dossiers import dossiers
from reconcile.linking.linker import link

__all__ = ["dossiers", "link"]
