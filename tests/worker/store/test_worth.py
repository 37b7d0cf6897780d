"""Whom a source without a list is asked for, and in which order, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from reconcile.claims import Claim, Procedure, Role, Snapshot, Status
from tests.worker.making import NOW, dossier
from worker.clock import Clock
from worker.run import leases
from worker.store import AskedFor, HeardOf, PollState, PollStep, Store

PORTAL = "cong"
DAY = date(2024, 3, 1)


def told(store: Store, claims: list[Claim], *, file: str = "a.xlsx", **more: Any) -> None:
    source = claims[0].source
    snapshot = Snapshot(source, claims[0].role, file, claims=tuple(claims), fingerprint="f", **more)
    store.claims.take_in(snapshot, at=NOW, on=DAY)


def copy(of: Claim, status: Status) -> Claim:
    code = of.national_code or of.own_code
    return Claim(f"{PORTAL}:{code}", PORTAL, Role.PORTAL, own_code=code, status=status)


def begun(store: Store, *, days: int = 0) -> int:
    at, on = NOW + timedelta(days=days), DAY + timedelta(days=days)
    return store.asked.ask([PORTAL], sweep=[], by="test", at=at, on=on)[PORTAL]


def hear(store: Store, round_: int, claims: list[Claim], *ones: HeardOf, days: int = 0) -> None:
    said = Snapshot(PORTAL, Role.PORTAL, claims=tuple(claims), fingerprint="f", partial=True)
    step = PollStep(round_, ones, done=len(ones))
    at = NOW + timedelta(days=days)
    store.claims.take_in(said, at=at, on=DAY + timedelta(days=days), step=step)


def asked(store: Store, round_: int = 1, **more: Any) -> list[str]:
    wanted = AskedFor(PORTAL, round_, **({"everything": False, "since": None} | more))
    found = store.asked.to_ask(wanted, 100)
    assert found.count == len(found.first)
    return [one.codes.own for one in found.first]


def look_up(store: Store, code: str, **more: Any) -> HeardOf:
    wanted = AskedFor(PORTAL, 99, **({"everything": True, "since": None} | more))
    return next(one.heard for one in store.asked.to_ask(wanted, 100).first if one.codes.own == code)


def test_both_codes_and_the_class_come_along(store: Store):
    one = dossier(1, national_code="G22.99.09-240114-0001", procedure=Procedure.BIRTH_LINKED)
    told(store, [one])
    (found,) = store.asked.to_ask(AskedFor(PORTAL, 1, everything=False, since=None), 9).first
    codes = found.codes
    assert (codes.own, codes.national) == (one.own_code, one.national_code)
    assert codes.procedure is Procedure.BIRTH_LINKED


@pytest.mark.parametrize(
    ("ours", "theirs", "is_asked"),
    [
        (Status.RETURNED, Status.RETURNED, False),
        (Status.WITHDRAWN, Status.WITHDRAWN, False),
        (Status.RETURNED, Status.DONE, True),  # the portal is behind
        (Status.PROCESSING, Status.PROCESSING, True),
        (Status.RETURNED, None, True),  # the portal never knew it
        (Status.STOPPED, Status.STOPPED, True),  # it may go on
    ],
)
@pytest.mark.parametrize("national", ["", "G22.99.09-240114-0001"])
def test_what_both_sides_closed_alike_is_asked_for_in_a_sweep_alone(
    store: Store, ours: Status, theirs: Status | None, is_asked: bool, national: str
):
    one = dossier(1, status=ours, national_code=national)
    told(store, [one])
    if theirs is not None:
        hear(store, begun(store), [copy(one, theirs)])
    assert bool(asked(store)) is is_asked
    assert asked(store, everything=True) == [one.own_code]


def test_never_asked_then_pending_then_changed_then_oldest(store: Store):
    closed = [dossier(number, status=Status.RETURNED) for number in range(1, 5)]
    pending = [dossier(number, status=Status.PROCESSING) for number in (5, 6)]
    told(store, [*closed, *pending])
    first = begun(store)
    everything = [*closed, *pending]
    hears = {one.own_code: look_up(store, one.own_code) for one in everything}
    # The one with the highest number was heard first; the fourth never.
    for days, one in enumerate([pending[1], pending[0], closed[2], closed[1], closed[0]]):
        hear(store, first, [], hears[one.own_code], days=days)
    told(store, [replace(closed[0], note="đã sửa"), *closed[1:], *pending])
    assert asked(store, first + 1) == [
        closed[3].own_code,
        pending[1].own_code,
        pending[0].own_code,
        closed[0].own_code,
        closed[2].own_code,
        closed[1].own_code,
    ]


def test_each_is_asked_for_once_a_poll(store: Store):
    ones = [dossier(number) for number in range(1, 4)]
    told(store, ones)
    round_ = begun(store)
    hear(store, round_, [], look_up(store, ones[1].own_code))
    assert asked(store, round_) == [ones[0].own_code, ones[2].own_code]
    assert len(asked(store, round_ + 1)) == 3


def test_a_dossier_of_two_systems_is_asked_for_once(store: Store):
    one = dossier(1)
    hub = Claim(f"hub:{one.own_code}", "hub", Role.HUB, own_code=one.own_code)
    told(store, [one])
    told(store, [hub], file="")
    assert asked(store) == [one.own_code]


def test_the_newest_of_several_exports_says_how_a_dossier_stands(store: Store):
    before, after = dossier(1, status=Status.PROCESSING), dossier(1, status=Status.RETURNED)
    told(store, [after], file="b.xlsx", covers_to=date(2024, 3, 31))
    told(store, [before], file="c.xlsx", covers_to=date(2024, 2, 29))
    hear(store, begun(store), [copy(after, Status.RETURNED)])
    assert asked(store) == []


def test_only_since_the_source_began_only_of_its_classes_and_only_what_is_judged(store: Store):
    early = dossier(1, received_on=date(2023, 1, 1), procedure=Procedure.BIRTH)
    late = dossier(2, procedure=Procedure.DEATH)
    other = dossier(3, procedure=Procedure.OTHER)
    unknown = dossier(4, procedure=Procedure.UNKNOWN)
    national = dossier(5, own_code="", national_code="G22.1-240114-0001")
    told(store, [early, late, other, unknown, national])
    codes = {name: one.own_code for name, one in [("late", late), ("unknown", unknown)]}
    assert set(asked(store, since=date(2024, 1, 1))) == {*codes.values(), national.national_code}
    assert asked(store, classes=frozenset({Procedure.DEATH})) == [late.own_code]
    assert asked(store, sources=frozenset({"mot-cua-khac"})) == []


def test_what_was_said_in_earlier_polls_waits_to_be_heard_again(store: Store):
    ones = [dossier(1), dossier(2, national_code="G22.99.09-240114-0001")]
    told(store, ones)
    first = begun(store)
    hears = [look_up(store, one.own_code) for one in ones]
    copies = [copy(one, Status.PROCESSING) for one in ones]
    hear(store, first, copies, *hears)
    assert store.asked.unheard(PORTAL) == frozenset()
    lease = leases.claim(store, "", Clock(), name=f"source:{PORTAL}", seconds=600)
    assert lease is not None
    store.asked.end(PORTAL, lease, PollState.DONE, at=NOW)
    begun(store)
    assert store.asked.unheard(PORTAL) == {one.key for one in copies}
    hear(store, first + 1, [], hears[1])  # asked by its own code, heard under the national one
    assert store.asked.unheard(PORTAL) == {copies[0].key}
