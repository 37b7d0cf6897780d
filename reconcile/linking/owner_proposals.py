"""Whom a source's owner (chủ hồ sơ) seems to be: a proposal, that a person accepts or not.

It is read from the rows that a code linked already. Linking itself never looks at it: scores
depend on the setting alone, so that new rows change no other pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reconcile.cases import Link, LinkState, Method
from reconcile.claims import Claim
from reconcile.linking.same_person import alike
from reconcile.policy import Owner
from reconcile.text.vietnamese import name_key


@dataclass(frozen=True, slots=True, order=True)
class Proposal:
    """Whom a source's owner seems to be, by the rows that a code linked: a person decides."""

    source: str
    unit: str  # as the claims write it; "" for the whole source
    owner: Owner
    subjects: int  # dossiers whose owner is the row's child or dead
    applicants: int  # and whose owner is the row's applicant, mother or father


#: So many dossiers tell of a source or unit, and all of them but a few the same: one in fifty.
LEAST, ALL_BUT = 20, 50


def proposals(claims: Iterable[Claim], links: Iterable[Link]) -> list[Proposal]:
    """What to ask about each source, and each unit that differs from its source; sorted."""
    known = {claim.key: claim for claim in claims}
    votes: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for link in links:
        if link.method is not Method.CODE or link.decision is not LinkState.AUTO:
            continue
        row, dossier = known.get(link.row), known.get(link.dossier or "")
        vote = None if row is None or dossier is None else _vote(row, dossier)
        if dossier is not None and vote is not None:
            for key in {(dossier.source, ""), (dossier.source, dossier.unit)}:
                votes[key][vote] += 1
    found = {key: told for key, (a, b) in votes.items() if (told := _owner(a, b)) is not None}
    return sorted(
        Proposal(source, unit, owner, *votes[source, unit])
        for (source, unit), owner in found.items()
        if not unit or owner is not found.get((source, ""))
    )


def _vote(row: Claim, dossier: Claim) -> int | None:
    """0: the owner is the row's child or dead. 1: it is who applied, or a parent. None: neither."""
    owner, subject = name_key(dossier.applicant), name_key(row.subject)
    if dossier.subject or not owner or not subject:
        return None
    others = filter(None, map(name_key, (row.applicant, row.mother, row.father)))
    is_subject, is_other = alike(owner, subject), any(alike(owner, one) for one in others)
    return None if is_subject == is_other else int(is_other)


def _owner(subjects: int, applicants: int) -> Owner | None:
    if subjects + applicants < LEAST:
        return None
    if applicants * ALL_BUT <= subjects:
        return Owner.SUBJECT
    return Owner.APPLICANT if subjects * ALL_BUT <= applicants else Owner.MIXED
