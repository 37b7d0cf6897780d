"""Which dossiers findings and figures speak of, and on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconcile.claims import Procedure


@dataclass(frozen=True, slots=True)
class Scope:
    """Units, procedures and the period of a run, and the day of judgement.

    ``starts``/``ends`` choose dossiers received in the period or carried over into it; both None:
    everything known. Facts dated after ``as_of`` are not yet known. ``units`` and ``procedures``
    are None for all; ``units`` holds every accepted spelling already resolved to unit codes.
    """

    as_of: date
    starts: date | None = None
    ends: date | None = None
    units: frozenset[str] | None = None
    procedures: frozenset[str] | None = None  # classes (Procedure values) and procedure codes
    as_of_given: bool = False  # read_at then prints the as-of day

    def has_unit(self, unit: str) -> bool:
        return self.units is None or unit in self.units

    def has_procedure(self, procedure: Procedure, code: str) -> bool:
        return (
            self.procedures is None
            or procedure.value in self.procedures
            or (bool(code) and code in self.procedures)
        )
