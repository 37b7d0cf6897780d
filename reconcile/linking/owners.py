"""Whom the column of the owner (chủ hồ sơ) names, per source and unit: told, never guessed.

Some software calls the child or the dead the dossier's owner, some the person at the counter, some
now the one and now the other. A person tells which (``Linking.owners``); where nobody did, the
column may mean either, and a difference in it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reconcile.claims import Claim
from reconcile.policy import Owner
from reconcile.text.vietnamese import unit_key


@dataclass(slots=True)
class Owners:
    """The settings, asked claim by claim."""

    told: Sequence[tuple[str, str, Owner]] = ()  # source, unit ("" for all), whom it names
    _known: dict[tuple[str, str], Owner] = field(default_factory=dict)

    def of(self, claim: Claim) -> Owner:
        """What the source's setting for this unit says, else what it says for all units."""
        asked = (claim.source, claim.unit)
        found = self._known.get(asked)
        if found is None:
            by_unit = {unit: owner for source, unit, owner in self.told if source == claim.source}
            unit = unit_key(claim.unit) if claim.unit else ""
            found = by_unit.get(unit, by_unit.get("", Owner.MIXED))
            self._known[asked] = found
        return found


def owned(claim: Claim) -> Claim:
    """The claim of a source whose owner is the child or the dead, that person in its own place."""
    if claim.subject or not claim.applicant:
        return claim
    return replace(
        claim,
        subject=claim.applicant,
        subject_id=claim.subject_id or claim.applicant_id,
        applicant="",
        applicant_id="",
    )
