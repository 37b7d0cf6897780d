"""The lists an inspector asks for: what moved, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from reconcile import labels
from reconcile.cases import Link, LinkState, Method, Reason
from reconcile.claims import Claim
from reconcile.figures.form import Move
from reconcile.text.vietnamese import initials
from worker import words
from worker.reports.facts import RunFacts, SourceLine
from worker.reports.figures import why
from worker.reports.work import Desk, Natural, places_of, shelf_of

#: Links that a person or a comparison of people made: listed apart from links by code.
BY_PEOPLE = frozenset({Method.PEOPLE, Method.OPERATOR})


class MovedRow(msgspec.Struct, frozen=True, array_like=True):
    """One dossier in another column, with the ground for it."""

    code: str
    unit: str
    before: str
    after: str
    effect: str
    why: str  # what is proven and how strong the proof is
    on: date | None
    book: str
    typed_by: str
    read_on: date | None
    late_evidence: str  # "bổ sung ngày …"
    linked: str
    confirmed: str
    place: str
    by_people: bool


class PairRow(msgspec.Struct, frozen=True):
    """A register row and the dossier it may belong to: people first, no probabilities."""

    unit: str
    mother_row: str
    mother_dossier: str
    born_row: str
    born_dossier: str
    book: str
    page: str
    number: str
    person_row: str
    person_dossier: str
    code: str
    rival: str
    reasons: str
    place: str
    key: str = ""  # what a person answers for


def moved_rows(moves: Iterable[Move], facts: RunFacts, desk: Desk) -> tuple[MovedRow, ...]:
    """Links by code first, links by people and by persons after them; hurts before helps."""
    sources = {source.name: source for source in facts.sources}
    late_after = _late_after(facts)
    rows = [_moved(move, facts, desk, sources, late_after) for move in moves]
    return tuple(
        sorted(rows, key=lambda row: (row.by_people, row.effect, row.unit, row.code, row.book))
    )


def _late_after(facts: RunFacts) -> dict[str, date]:
    """By source, the day after which evidence counts as entered late.

    That is the end of the period, or the first reading of the source where that came later: what
    was there when the office began to reconcile was not supplied afterwards.
    """
    ends = facts.scope.ends
    if ends is None:
        return {}
    first: dict[str, date] = {}
    for claim in facts.claims.values():
        if claim.is_row and claim.read_on:
            first[claim.source] = min(claim.read_on, first.get(claim.source, claim.read_on))
    return {source: max(ends, on) for source, on in first.items()}


def _moved(
    move: Move,
    facts: RunFacts,
    desk: Desk,
    sources: Mapping[str, SourceLine],
    late_after: Mapping[str, date],
) -> MovedRow:
    confirmed, limit = facts.confirmed.get(move.row), late_after.get(move.source)
    source = sources.get(move.source)
    # Whose row it is need only be looked at where somebody answers for single units.
    by_unit = bool(move.row and source and source.typed_by.keys() - {""})
    claim = facts.claims.get(move.row) if by_unit else None
    is_late = bool(move.read_on and limit and move.read_on > limit)
    return MovedRow(
        code=words.clean(move.code),
        unit=desk.unit(move.unit),
        before=words.COLUMNS[move.before.column],
        after=words.COLUMNS[move.after.column],
        effect=words.EFFECTS[move.effect],
        why=desk.same(why(move)),
        on=move.proven_on,
        book=words.clean(move.book),
        typed_by=words.clean(source.typist(claim.unit if claim else "")) if source else "",
        read_on=move.read_on,
        late_evidence=f"bổ sung ngày {words.day(move.read_on)}" if is_late else "",
        linked=labels.METHODS[move.method],
        confirmed=_who(confirmed.by, confirmed.on) if confirmed else "",
        place=words.clean(places_of(move.places)),
        by_people=move.method in BY_PEOPLE,
    )


def _who(by: str, on: date | None) -> str:
    return f"{words.clean(by)}, {words.day(on)}" if on else words.clean(by)


def pairs(facts: RunFacts, desk: Desk) -> tuple[PairRow, ...]:
    """Register rows that wait for a person's answer, in the order of the shelves."""
    found: list[tuple[Natural, PairRow]] = []
    for link in (*facts.links, *facts.controls):
        row = facts.claims.get(link.row)
        if link.decision is not LinkState.REVIEW or row is None or not _in_units(row, facts):
            continue
        dossier = facts.claims.get(link.dossier or "")
        found.append((shelf_of(row), _pair(link, row, dossier, facts, desk)))
    found.sort(key=lambda item: (item[1].unit, item[0], item[1].place))
    return tuple(pair for _, pair in found)


def _pair(link: Link, row: Claim, dossier: Claim | None, facts: RunFacts, desk: Desk) -> PairRow:
    rival = facts.claims.get(link.rival.dossier) if link.rival else None
    return PairRow(
        unit=desk.unit(row.unit or (dossier.unit if dossier else "")),
        mother_row=_mother(row),
        mother_dossier=_mother(dossier),
        born_row=row.birth_date[:4],
        born_dossier=dossier.birth_date[:4] if dossier else "",
        book=words.clean(row.book),
        page=words.clean(row.page),
        number=words.clean(row.number),
        person_row=initials(row.subject or row.applicant),
        person_dossier=initials(dossier.subject or dossier.applicant) if dossier else "",
        code=words.clean(dossier.own_code) if dossier else "",
        rival=words.clean(rival.own_code) if rival else "",
        reasons=words.clean(doubts(link, rival)),
        place=words.clean(places_of(row.places)),
        key=short_key(link),
    )


def short_key(link: Link) -> str:
    """What a person types instead of the whole key of a row."""
    return link.row.rpartition("#")[2]


def doubts(link: Link, rival: Claim | None) -> str:
    """Why a person is asked: the other dossier that may be meant, what differs, what is missing.

    What agrees comes last; it is why the pair is shown at all.
    """
    differs = [reason for reason in link.reasons if reason.weight < 0]
    agrees = [reason for reason in link.reasons if reason.weight > 0]
    said = []
    if rival is not None:
        said.append(f"hồ sơ {rival.own_code} cũng gần giống như vậy")
    if differs:
        said.append("khác nhau ở " + _named(differs))
    if not said:
        said.append("chưa đủ căn cứ để ghép chắc chắn")
    if agrees:
        said.append("giống nhau ở " + _named(agrees))
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _named(reasons: Iterable[Reason]) -> str:
    return ", ".join(
        reason.field if reason.level == "khớp" else f"{reason.field} ({reason.level})"
        for reason in reasons
    )


def _mother(claim: Claim | None) -> str:
    if claim is None or not claim.mother:
        return ""
    year = claim.mother_birth_year
    return f"{initials(claim.mother)} ({year})" if year else initials(claim.mother)


def _in_units(claim: Claim, facts: RunFacts) -> bool:
    return facts.scope.has_unit(claim.unit) or facts.scope.has_unit(claim.receiving_unit)
