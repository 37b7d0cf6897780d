"""What a report asks of claims and links: all of them, or where a run decided by change those few
that it names. What nothing touched since is taken from what the run before wrote."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from reconcile.cases import Link
from reconcile.claims import Claim, Place
from reconcile.findings import Finding, parts
from worker import reports
from worker.house import House
from worker.reports import link_lines
from worker.reports.contents import LINKS
from worker.reports.facts import MadeRow, nothing_written
from worker.reports.link_lines import Blocks, LinkChange
from worker.run.decision import Decision
from worker.run.touching import OnDemand, named_claims
from worker.store.judged import Differing
from worker.store.search import Spot


@dataclass(frozen=True, slots=True)
class AtHand:
    """What the fields of RunFacts of the same names hold."""

    claims: Mapping[str, Claim]
    links: Sequence[Link]
    written: Callable[[Collection[str]], Mapping[str, MadeRow]] = nothing_written
    link_blocks: Blocks | None = None
    rows_at: Mapping[Spot, str] | None = None


def at_hand(house: House, decision: Decision, as_of: date) -> AtHand:
    """What is needed of a decision."""
    taken = decision.taken
    if taken is None:
        return AtHand(_mentioned(decision), decision.links)
    places = _places(decision, taken.fresh, taken.stale)
    blocks = _link_blocks(house, decision, taken)
    if blocks is None:
        return AtHand(_mentioned(decision), decision.links)
    written: set[str] = set()
    if house.store.decisions.last_judged() == as_of:  # on another day all is written anew
        written = house.store.findings.made()
        written -= {
            one.id
            for one in decision.judgement.findings
            if one.id in written and _is_touched(one, taken.keys, places)
        }
    anew = [one for one in decision.judgement.findings if one.id not in written]
    rows_at = OnDemand(
        house.store.search.rows_at, {_spot(at) for one in anew for at in one.register}
    )
    doubts = decision.doubts()
    controls, _ = house.store.pairs.controls()
    shown = (*doubts, *(one.link for one in controls))
    claims = named_claims(house.store.search, {*_named(decision, shown, anew, rows_at)})

    def rows_of(ids: Collection[str]) -> Mapping[str, MadeRow]:
        return house.store.findings.made_of(written.intersection(ids))

    return AtHand(claims, doubts, rows_of, blocks, rows_at)


def _mentioned(decision: Decision) -> Mapping[str, Claim]:
    """Every register row, and the dossiers that the report names."""
    names: set[str] = {finding.anchor for finding in decision.judgement.findings}
    names |= {finding.other for finding in decision.judgement.findings}
    names |= {one.anchor for one in decision.judgement.undetermined_overdue}
    names |= {link.dossier for link in decision.links if link.dossier}
    names |= {link.rival.dossier for link in decision.links if link.rival}
    names |= {move.anchor for move in decision.statistics.moved}
    names |= {move.anchor for move in decision.statistics.relined}
    return {claim.key: claim for claim in decision.claims if claim.is_row or claim.key in names}


def _named(
    decision: Decision,
    doubts: Iterable[Link],
    anew: Iterable[Finding],
    rows_at: Mapping[Spot, str],
) -> Iterator[str]:
    """The claims that lines name which are surely made anew."""
    for finding in anew:
        yield from filter(None, (*parts(finding.anchor), finding.other))
        yield from _first(finding.register, rows_at)
    yield from (one.anchor for one in decision.judgement.undetermined_overdue)
    for link in doubts:
        yield from _named_by(link)


def _first(places: Iterable[Place], rows_at: Mapping[Spot, str]) -> Iterator[str]:
    found = next((rows_at[at] for at in map(_spot, places) if at in rows_at), None)
    if found is not None:
        yield found


def _spot(place: Place) -> Spot:
    return place.file, place.sheet, place.row


def _named_by(link: Link) -> Iterator[str]:
    yield link.row
    yield from filter(None, (link.dossier, link.rival.dossier if link.rival else None))


def _is_touched(one: Finding, keys: Collection[str], places: Collection[Place]) -> bool:
    """Whether a claim that its lines are made of may be another."""
    names = (*parts(one.anchor), one.other)
    return any(name in keys for name in names) or any(place in places for place in one.register)


def _places(decision: Decision, *rows: Iterable[Sequence[object]]) -> set[Place]:
    """Where these claims stand, or stood."""
    return {place for some in rows for _, place in _placed(decision, some)}


def _placed(decision: Decision, rows: Iterable[Sequence[object]]) -> Iterator[tuple[str, Place]]:
    files = decision.files
    for file_id, key, _, _, sheet, row in rows:
        if file_id in files:
            yield str(key), Place(files[file_id], str(sheet), int(str(row)))


def _link_blocks(house: House, decision: Decision, taken: Differing) -> Blocks | None:
    """links.jsonl, made of the one before; None where all of it must be made."""
    before = _blocks_of(house, house.store.prepared.reported())
    if before is None:
        return None
    search, gone = house.store.search, decision.linked.gone
    links = {link.row: link for link in search.links(taken.keys)}
    links |= {link.row: link for link in decision.linked.again or ()}
    links = {row: link for row, link in links.items() if row not in gone}
    names = {name for link in links.values() for name in _named_by(link)}
    claims = {one.key: one for one in search.claims(names)}
    if not links.keys() <= claims.keys():
        return None
    were = {row: set(claims[row].places) for row in links} | {row: set[Place]() for row in gone}
    for key, place in _placed(decision, taken.fresh):
        were.get(key, set()).discard(place)
    for key, place in _placed(decision, taken.stale):
        were.get(key, set()).add(place)
    places = [place for row in were for place in were[row]]
    return link_lines.changed(LinkChange(before, places, list(links.values()), claims))


def _blocks_of(house: House, run_id: str) -> Blocks | None:
    packed = house.store.runs.contents(run_id) if run_id else None
    if packed is None:
        return None
    try:
        found = reports.unpack(packed).files[LINKS]
    except msgspec.MsgspecError:
        return None
    return found if isinstance(found, tuple) else None
