"""What a poll is told beforehand: how far the last one came, and which dossiers to ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from config.sources import PolledSource, SourceSettings
from connectors import Memory
from connectors.connector import Codes
from reconcile import codes
from reconcile.claims import Claim, Procedure, Role, Status
from worker.house import House

#: Ends that both sides can agree on; a dossier that was stopped may go on.
CLOSED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.DONE, Status.RETURNED})
#: Whose dossiers are looked up at a source that has no list.
ASKING = frozenset({Role.ONE_STOP, Role.HUB})


def memory(house: House, source: SourceSettings, *, sweep: bool = False) -> Memory:
    """What the store remembers of a source, and what this poll is to ask it."""
    known = house.store.memory(source.name)
    if not isinstance(source, PolledSource):
        return replace(known, today=house.clock.today())
    today = house.clock.today()
    due = known.swept_on is None or today - known.swept_on >= timedelta(days=source.sweep_days)
    wanted = () if source.HAS_LIST else to_ask(house.store.claims(), source.name, source.since)
    return replace(known, today=today, sweep=sweep or due, codes=wanted)


def lists_first(sources: Iterable[SourceSettings]) -> list[str]:
    """The names in the order of polling: what is asked by code needs the codes first."""
    return [source.name for source in sorted(sources, key=lambda source: not source.HAS_LIST)]


def to_ask(claims: Iterable[Claim], source: str, since: date | None) -> tuple[Codes, ...]:
    """Every dossier of the office, by its codes; ``settled`` where both sides closed it alike.

    Dossiers of other fields are counted and never judged: asking for them would only be a burden.
    """
    ours: list[Claim] = []
    theirs: dict[str, Status] = {}
    for claim in claims:
        if claim.source == source:
            for code in filter(None, (claim.own_code, claim.national_code)):
                theirs[codes.normal(code)] = claim.status
        elif _is_wanted(claim) and (since is None or (claim.received_on or since) >= since):
            ours.append(claim)
    found: dict[str, Codes] = {}
    for claim in ours:
        own, national = claim.own_code, claim.national_code
        names = [name for code in (own, national) if (name := codes.normal(code))]
        if names:
            known = next((theirs[name] for name in names if name in theirs), None)
            settled = claim.status in CLOSED and known is claim.status
            one = Codes(own or national, national if own else "", settled, claim.procedure)
            found.setdefault(names[0], one)
    return tuple(sorted(found.values()))


def _is_wanted(claim: Claim) -> bool:
    return claim.role in ASKING and claim.procedure is not Procedure.OTHER
