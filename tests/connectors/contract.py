"""What every connector must be: one list of checks over a ``Site``, whatever the kind.

A site is a kind of source with an invented world behind it. The checks are plain functions, so
that ``test_planted_bugs.py`` can hold them against connectors that are broken on purpose.
"""

from __future__ import annotations

import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from datetime import time as time_of_day
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog

from config.office_tables import Tables
from config.sections import AskingWindow
from connectors.connector import Codes, Connector, FileMemory, Memory
from connectors.errors import (
    BudgetSpent,
    SourceError,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors.network.transport import Patience
from connectors.politeness import Budget, Courtesy
from reconcile.claims import Claim, Snapshot, Status
from tests.config import offices
from tests.simulators import web
from tests.simulators.web import Fault, Reply, Request, Simulator

TODAY = date(2024, 3, 31)
FIRST = date(2024, 1, 2)
SIZES = (1, 9, 10, 11, 47)
PAGE = 10
QUICK = Patience(attempts=3, seconds=5.0, first_wait=0.01, longest_wait=0.02)
HASTE: dict[str, Any] = {"requests_per_second": 2000.0, "max_parallel": 4, "page_seconds": 5}
STATUSES = (Status.PROCESSING, Status.DONE, Status.RETURNED, Status.SUPPLEMENT_ASKED)


@dataclass(frozen=True, slots=True)
class Truth:
    """A dossier as it really stands in the source; a site says which fields its wire can hold."""

    own_code: str
    national_code: str = ""
    status: Status = Status.PROCESSING
    applicant: str = "Trần Thị Hòa"
    unit: str = "UBND Xã Sông Trà"
    received_on: date | None = FIRST
    due_on: date | None = None
    finished_on: date | None = None
    returned_on: date | None = None


def world(size: int) -> list[Truth]:
    """Dossiers of several days, statuses and code shapes."""
    return [
        Truth(
            own_code=f"H11.08-{FIRST + timedelta(days=number // 7):%y%m%d}-{number:04d}",
            national_code=f"G22.99.09-240114-{number:0{4 + number % 3}d}" if number % 2 else "",
            status=STATUSES[number % len(STATUSES)],
            applicant=("Trần Thị Hòa", "Lê Văn Đức", "Nguyễn Thúy Quỳnh")[number % 3],
            received_on=FIRST + timedelta(days=number // 7),
            due_on=FIRST + timedelta(days=number // 7 + 1),
            finished_on=FIRST + timedelta(days=number // 7 + 1) if number % 4 in (1, 2) else None,
            returned_on=FIRST + timedelta(days=number // 7 + 2) if number % 4 == 2 else None,
        )
        for number in range(size)
    ]


class Site:
    """One kind of source. Subclasses serve a world and open a connector on it."""

    kind = ""
    over_network = True
    #: Where dossiers are asked for, as opposed to the login.
    path = ""
    login_path = "no login"
    #: The fields of Truth that this wire can hold.
    holds: tuple[str, ...] = (
        "own_code", "national_code", "status", "applicant", "unit", "received_on", "due_on",
        "finished_on", "returned_on",
    )  # fmt: skip
    by_code = False
    logs_in = True
    increments = True  # a second poll reads only what changed
    #: What must never be told.
    secrets: tuple[str, ...] = ()

    def world(self, size: int) -> list[Truth]:
        """What the source holds; a site whose wire knows less says so here."""
        return world(size)

    def serve(self, truths: Sequence[Truth]) -> AbstractContextManager[Any]:
        """The source with these dossiers, as a running simulator."""
        raise LookupError

    def connector(self, served: Any, **changes: Any) -> Connector:
        raise LookupError

    def odd_status(self, served: Any) -> str | None:
        """Make every dossier say a status that no table knows; gives it, where there is such."""
        raise LookupError

    def expire(self, served: Any) -> None:
        """End every session at the source."""
        raise LookupError

    def memory(self, truths: Sequence[Truth], **more: Any) -> Memory:
        """What a first poll is told."""
        codes = tuple(Codes(one.own_code, one.national_code) for one in truths)
        return Memory(today=TODAY, sweep=True, codes=codes if self.by_code else (), **more)


@cache
def tables() -> Tables:
    """The tables that ship, without an office's own."""
    with tempfile.TemporaryDirectory() as folder:
        return offices.tables(Path(folder))


# What came of a poll


def poll(connector: Connector, memory: Memory) -> list[Snapshot]:
    return list(connector.fetch(memory))


def is_complete(snapshots: Sequence[Snapshot]) -> bool:
    return bool(snapshots) and snapshots[-1].complete and not snapshots[-1].more_to_come


def claims(snapshots: Sequence[Snapshot]) -> list[Claim]:
    return [claim for snapshot in snapshots for claim in snapshot.claims]


def failed(connector: Connector, memory: Memory) -> SourceError | None:
    """The poll must not be complete; the error that ended it, if any."""
    seen: list[Snapshot] = []
    try:
        seen.extend(connector.fetch(memory))
    except SourceError as error:
        return error
    assert not is_complete(seen), "a poll that was spoiled is complete"
    return None


def spoilt(site: Site, spoil: web.Spoil, *, after: int = 0, size: int = 47, **more: Any) -> Any:
    """Poll a source whose data answers are spoilt; gives the error."""
    truths = site.world(size)
    with site.serve(truths) as served:
        served.faults.append(Fault(spoil, path=site.path, after=after, **more))
        error = failed(site.connector(served), site.memory(truths))
        assert served.writes() == []
    return error


# The checks


def fetches_the_world_exactly(site: Site) -> None:
    """Every dossier once, with its own facts, whatever the number of pages."""
    for size in SIZES:
        truths = site.world(size)
        with site.serve(truths) as served:
            snapshots = poll(site.connector(served), site.memory(truths))
        assert is_complete(snapshots)
        found = claims(snapshots)
        by_code = {claim.own_code: claim for claim in found}
        assert len(by_code) == len({claim.key for claim in found}) == len(found), "doubled"
        assert set(by_code) == {one.own_code for one in truths}, "a dossier is lost or invented"
        for one in truths:
            for name in site.holds:
                said = getattr(by_code[one.own_code], name)
                assert said == getattr(one, name), f"{name} of {one.own_code}"


def the_same_answer_gives_the_same_snapshot(site: Site) -> None:
    truths = site.world(11)
    with site.serve(truths) as served:
        once = poll(site.connector(served), site.memory(truths))
        again = poll(site.connector(served), site.memory(truths))
    assert once == again


def text_arrives_composed(site: Site) -> None:
    """NFC and single spaces, however the source writes."""
    truths = [replace(one, applicant="Nguyễn Thị Hoà") for one in site.world(3)]
    loose = [
        replace(
            one, applicant=unicodedata.normalize("NFD", f" {one.applicant}  ".replace(" ", "  "))
        )
        for one in truths
    ]
    with site.serve(loose) as served:
        found = claims(poll(site.connector(served), site.memory(truths)))
    if "applicant" in site.holds:
        assert [claim.applicant for claim in found] == ["Nguyễn Thị Hoà"] * 3


def an_unknown_status_stays_unknown(site: Site) -> None:
    truths = site.world(5)
    with site.serve(truths) as served:
        odd = site.odd_status(served)
        if odd is None:
            return
        found = claims(poll(site.connector(served), site.memory(truths)))
    assert {(claim.status, claim.raw_status) for claim in found} == {(Status.UNKNOWN, odd)}


def an_empty_list_is_not_complete(site: Site) -> None:
    """A list without a dossier is no list; where there is none to read, nothing is empty."""
    with site.serve([]) as served:
        snapshots = poll(site.connector(served), site.memory([]))
    assert is_complete(snapshots) is not site.connector(served).source.HAS_LIST
    assert claims(snapshots) == []


def half_a_list_is_never_complete(site: Site) -> None:
    """Whatever happens to the second answer."""
    for spoil in (
        web.status(500), web.status(404), web.status(403), web.cut, web.cut_by_closing,
        web.cut_json, web.nonsense, web.not_a_number, web.deep,
    ):  # fmt: skip
        assert isinstance(spoilt(site, spoil, after=1), SourceError), spoil


def errors_are_of_three_families(site: Site) -> None:
    assert type(spoilt(site, web.status(503))) is SourceUnavailable
    assert type(spoilt(site, web.status(429, Retry_After="0"))) is SourceUnavailable
    assert type(spoilt(site, web.status(401))) is SourceRefused
    assert type(spoilt(site, web.status(403))) is SourceRefused
    assert type(spoilt(site, web.nonsense)) is SourceGarbled
    assert type(spoilt(site, web.cut_json)) is SourceGarbled


def a_moment_of_trouble_is_survived(site: Site) -> None:
    """Two bad answers, then good ones: nothing lost, nothing doubled."""
    truths = site.world(25)
    for spoil in (web.status(503), web.status(429, Retry_After="0"), web.cut):
        with site.serve(truths) as served:
            served.faults.append(Fault(spoil, path=site.path, after=1, times=2))
            snapshots = poll(site.connector(served), site.memory(truths))
        assert is_complete(snapshots)
        assert len(claims(snapshots)) == len(truths)


def a_long_retry_after_ends_the_poll_at_once(site: Site) -> None:
    error = spoilt(site, web.status(503, Retry_After="600"))
    assert isinstance(error, SourceUnavailable)
    assert error.retry_in == timedelta(minutes=10)


def an_expired_session_is_renewed_once_for_all(site: Site) -> None:
    """However many callers notice at the same time."""
    truths = site.world(47)
    with site.serve(truths) as served:
        seen = iter(range(10_000))

        def expire_in_the_middle(said: Reply) -> Reply:
            if next(seen) == 2:
                site.expire(served)
            return said

        served.faults.append(Fault(expire_in_the_middle, path=site.path))
        snapshots = poll(site.connector(served), site.memory(truths))
        logins = served.asked(site.login_path)
    assert is_complete(snapshots)
    assert len(claims(snapshots)) == len(truths)
    assert len(logins) == 2


def a_login_page_is_no_answer_and_no_reason_to_knock_for_ever(site: Site) -> None:
    truths = site.world(25)
    for spoil in (web.login_page, web.status(401), web.redirect("/login")):
        with site.serve(truths) as served:
            served.faults.append(Fault(spoil, path=site.path))
            error = failed(site.connector(served), site.memory(truths))
            logins = served.asked(site.login_path)
        assert isinstance(error, SourceRefused)
        assert len(logins) <= 2


def a_redirect_is_not_followed(site: Site) -> None:
    """And whoever it points to learns nothing."""
    with _Stranger() as stranger:
        error = spoilt(site, web.redirect(f"{stranger.url}/login"))
        assert stranger.ledger == []
    assert isinstance(error, SourceRefused)


def what_never_ends_is_cut_off(site: Site) -> None:
    """A drip, and a gigabyte in a few bytes."""
    truths = site.world(3)
    with site.serve(truths) as served:
        served.faults.append(Fault(web.drip(0.05), path=site.path))
        connector = site.connector(served, page_seconds=1)
        connector.patience = replace(QUICK, attempts=1)
        error = failed(connector, site.memory(truths))
        assert isinstance(error, SourceUnavailable)  # heard out, it would have been garbled
    assert isinstance(spoilt(site, web.bomb), SourceGarbled)


def a_compressed_answer_is_read(site: Site) -> None:
    truths = site.world(11)
    with site.serve(truths) as served:
        served.faults.append(Fault(web.zipped))
        snapshots = poll(site.connector(served), site.memory(truths))
    assert len(claims(snapshots)) == 11


def secrets_stay_secret(site: Site) -> None:
    """Not in an error, not in a log, whatever goes wrong."""
    for spoil in (web.status(500), web.status(401), web.nonsense, web.cut, web.login_page):
        with structlog.testing.capture_logs() as logs:
            error = spoilt(site, spoil)
        told = f"{error!r} {error.__cause__!r} {error.__context__!r} {logs!r}"
        for secret in site.secrets:
            assert secret not in told


def a_source_is_asked_politely(site: Site) -> None:
    """Never more at once than allowed, never faster than allowed, never a write."""
    truths = site.world(25)
    with site.serve(truths) as served:
        served.latency = 0.01
        poll(site.connector(served, max_parallel=2), site.memory(truths))
        assert served.busiest <= 2
        assert served.writes() == []
        asked = len(served.ledger)
        began = time.monotonic()
        poll(site.connector(served, requests_per_second=50.0), site.memory(truths))
        assert time.monotonic() - began > (len(served.ledger) - asked - 4) / 50


def a_budget_is_kept(site: Site) -> None:
    """Not one question more than the window allows; what was not asked is not known."""
    truths = site.world(47)
    window = AskingWindow(hours=(time_of_day(0), time_of_day(23, 59)), requests=3)
    budget = Budget(Courtesy("x"), window, "2024-03-31")
    with site.serve(truths) as served:
        error = failed(site.connector(served), replace(site.memory(truths), budget=budget))
        assert len(served.ledger) <= 3
    assert isinstance(error, BudgetSpent)
    assert budget.courtesy().requests == len(served.ledger)


def a_knock_reads_next_to_nothing(site: Site) -> None:
    with site.serve(site.world(25)) as served:
        connector: Any = site.connector(served)
        assert "Đăng nhập được" in connector.knock()
        assert len(served.served()) <= 1
        assert served.writes() == []


def a_poll_after_a_poll_loses_nothing(site: Site) -> None:
    """The memory of the first poll is enough for the second."""
    truths = site.world(25)
    with site.serve(truths) as served:
        connector = site.connector(served)
        last = poll(connector, site.memory(truths))[-1]
        files = {"": FileMemory(last.fingerprint, len(truths))}
        memory = replace(
            site.memory(truths, files=files, cursor=last.cursor, swept_on=TODAY), sweep=False
        )
        again = poll(connector, memory)
        assert is_complete(again)
        assert site.increments == all(snapshot.partial for snapshot in again)


class _Stranger(Simulator):
    """Another host: it hopes to be sent something."""

    def reply(self, request: Request) -> Reply:
        return Reply({"content": []})


Check = Callable[[Site], None]
EVERYWHERE: tuple[Check, ...] = (
    fetches_the_world_exactly,
    the_same_answer_gives_the_same_snapshot,
    text_arrives_composed,
    an_unknown_status_stays_unknown,
)
OVER_NETWORK: tuple[Check, ...] = (
    an_empty_list_is_not_complete,
    half_a_list_is_never_complete,
    errors_are_of_three_families,
    a_moment_of_trouble_is_survived,
    a_long_retry_after_ends_the_poll_at_once,
    an_expired_session_is_renewed_once_for_all,
    a_login_page_is_no_answer_and_no_reason_to_knock_for_ever,
    a_redirect_is_not_followed,
    what_never_ends_is_cut_off,
    a_compressed_answer_is_read,
    secrets_stay_secret,
    a_source_is_asked_politely,
    a_budget_is_kept,
    a_knock_reads_next_to_nothing,
    a_poll_after_a_poll_loses_nothing,
)


def checks(sites: Sequence[Site]) -> Iterator[Any]:
    """Every check that a site must pass, for ``pytest.mark.parametrize``."""
    for site in sites:
        for check in EVERYWHERE + (OVER_NETWORK if site.over_network else ()):
            if check is an_expired_session_is_renewed_once_for_all and not site.logs_in:
                continue
            yield pytest.param(site, check, id=f"{site.kind}-{check.__name__}")
