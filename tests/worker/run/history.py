"""Histories of an office: deciding by what changed gives the files of deciding everything.

Dossiers and rows come, change, move and go, persons answer, books are declared and that is taken
back, a source falls silent and is back, speaks of more days or of fewer, days pass. After each step
a run decides by change, and the same run once more with nothing left to remember; the machine's
files are the same bytes. The next step goes on from what the run by change left behind.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, overload

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from msgspec import structs
from sqlalchemy import Connection, delete, insert, select, update

from reconcile.cases import Answer
from reconcile.claims import Claim, Place, Procedure, RegisterType, Role, Snapshot, Status, row_key
from reconcile.coverage import Declaration
from reconcile.scope import Scope
from tests.worker.office import CONFIG, PEOPLE, Office, make
from worker.clock import StoppedClock
from worker.house import House, open_house
from worker.run import by_change, story
from worker.run.requests import Outcome, Request
from worker.store.tables import prepared, run_contents

PORTAL = """
[[sources]]
name = "cong"
role = "portal"
kind = "export"
path = "inbox/cong/*"
"""
#: From this day on sources speak, if they do not say otherwise.
BEGINNING = date(2024, 1, 1)
#: Most dossiers are received on the one, and the history begins on the other.
START, TODAY = date(2024, 3, 1), date(2024, 3, 10)
BIRTHS = RegisterType.BIRTHS
#: Of run.json what is decided.
TOLD = (
    *("counts", "open", "undetermined_overdue", "undetermined", "not_judged", "not_judged_in"),
    *("left_open", "signs", "rated"),
)
FILES = ("findings.jsonl", "links.jsonl", "statistics.json")
ROLES = {"motcua": Role.ONE_STOP, "cong": Role.PORTAL, "so-giay": Role.REGISTER}

#: Rows of ``prepared``, and the files that they name.
Left = tuple[list[dict[str, Any]], dict[Path, bytes]]

_offices = itertools.count(1)
numbers = st.integers(0, 9)
#: Now and then a code that somebody else bears: one event twice, or one code of two people.
others = st.none() | st.none() | numbers
#: Days from the day of judgement on; what is said is of about now, so that days that pass matter.
days = st.integers(-20, 12)
maybe_days = st.none() | days | days
states = st.sampled_from([Status.PROCESSING, Status.PROCESSING, Status.DONE, Status.WITHDRAWN])
sources = st.sampled_from(list(ROLES))
books = st.sampled_from([RegisterType.TRACKING, RegisterType.TRACKING, BIRTHS])
#: A unit may be written in capitals.
loud = st.booleans()


def person(number: int) -> dict[str, object]:
    """Every second one is a twin of the one before."""
    return {
        "subject": PEOPLE[number],
        "birth_date": f"2024-01-{10 + number // 2:02}",
        "mother": PEOPLE[10 + number // 2],
        "applicant": PEOPLE[10 + number // 2],
        "procedure": Procedure.BIRTH,
        "unit": f"Xã Mẫu {number // 4}",
    }


def code_of(number: int) -> str:
    return f"000.15.H11-240201-{number:04}"


def row_of(number: int, book: RegisterType = RegisterType.TRACKING) -> str:
    """The key of somebody's row in a book."""
    return row_key("so-giay", [book.value, str(number)], 0)


@contextmanager
def alone() -> Iterator[pytest.MonkeyPatch]:
    """However little there is, it is decided by change, and nothing is put right quietly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_change, "MOST_CHANGED", 1_000)
        patch.setattr(by_change, "RESCUED", ())
        yield patch


class History(RuleBasedStateMachine):
    """An office to which things happen, in a folder and with a database of its own.

    It begins with a verdict of each sort that something else than its own claims may move.
    """

    def __init__(self, folder: Path, databases: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self._ending = ExitStack()
        url = self._ending.enter_context(databases())
        self.office: Office = make(folder / f"office{next(_offices)}", CONFIG + PORTAL)
        self._ending.callback(shutil.rmtree, self.office.folder)
        self.house: House = open_house(self.office.config, {"DOISOAT_DATABASE__URL": url})
        self._ending.callback(self.house.close)
        self.day = TODAY
        self.said: dict[str, dict[str, Claim]] = {name: {} for name in ROLES}
        self.covered: dict[str, tuple[date, date]] = {}  # what a source says, where not all
        self.file: dict[str, str] = {}
        self.edition = itertools.count(1)
        self._begin()
        self._files()

    def teardown(self) -> None:
        self._ending.close()

    def _begin(self) -> None:
        # 0 is in a row like it, the code of 1 in a row of another, 2 overdue and in no row.
        for number, due in ((0, 3), (1, 11), (2, 5), (3, 13), (4, 7)):
            self._put("motcua", self._dossier("motcua", number, START, START + timedelta(due)))
        later = START + timedelta(2)
        self._put("motcua", self._of(4, self._dossier("motcua", 5, later, None)))  # one event twice
        self._put("so-giay", self._row(0, START + timedelta(4), with_code=False))
        self._put("so-giay", self._of(3, self._row(1, START, with_code=True)))
        self._put("so-giay", self._row(3, START + timedelta(6), with_code=True))
        self._put("so-giay", self._row(3, START + timedelta(5), with_code=True, book=BIRTHS))
        # 6 is in a row like it, 7 in a row and in no software, the code of 9 in a row of another.
        self._put("motcua", self._dossier("motcua", 6, START, None))
        for number in (6, 7):
            self._put("so-giay", self._row(number, START, with_code=False))
        self._put("so-giay", self._of(1, self._row(9, START, with_code=True)))
        for number in (0, 4):
            self._put("cong", self._dossier("cong", number, START, None))
        # A unit that is only written in capitals; 8 is on the portal alone.
        self._put("motcua", _loud(self._dossier("motcua", 9, START, None)))
        self._put("cong", _loud(self._dossier("cong", 8, START, None)))
        for source in ROLES:
            self._tell(source)
        self._declare(date(2024, 3, 20))

    # What happens

    @rule(number=numbers, received=days, due=maybe_days, status=states, other=others, loud=loud)
    def dossier(
        self,
        number: int,
        received: int,
        due: int | None = None,
        status: Status = Status.PROCESSING,
        other: int | None = None,
        *,
        loud: bool = False,
    ) -> None:
        one = self._dossier("motcua", number, self._on(received), self._on(due), status)
        one = self._of(other, one)
        self._put("motcua", _loud(one) if loud else one)
        self._tell("motcua")
        self._check()

    @rule()
    def entered_once(self) -> None:
        """The earlier dossier of an event that was entered twice goes, or is back."""
        key, one = f"motcua:{code_of(4)}", self._dossier("motcua", 4, START, None)
        if self.said["motcua"].pop(key, None) is None:
            self._put("motcua", one)
        self._tell("motcua")
        self._check()

    @rule(number=st.sampled_from([4, 5]))
    def unnamed(self, number: int) -> None:
        """Whose dossier it is stands nowhere any more."""
        if (key := f"motcua:{code_of(number)}") in self.said["motcua"]:
            self._put("motcua", replace(self.said["motcua"][key], subject=""))
            self._tell("motcua")
            self._check()

    @rule(number=numbers, received=days, status=states, loud=loud)
    def on_the_portal(
        self, number: int, received: int, status: Status = Status.PROCESSING, *, loud: bool = False
    ) -> None:
        one = self._dossier("cong", number, self._on(received), None, status)
        self._put("cong", _loud(one) if loud else one)
        self._tell("cong")
        self._check()

    @rule(
        number=numbers,
        returned=maybe_days,
        with_code=st.booleans(),
        other=others,
        book=books,
    )
    def register_row(
        self,
        number: int,
        returned: int | None,
        *,
        with_code: bool,
        other: int | None = None,
        book: RegisterType = RegisterType.TRACKING,
    ) -> None:
        """A dossier may stand in both books."""
        one = self._row(number, self._on(returned), with_code=with_code, book=book)
        self._put("so-giay", self._of(other, one))
        self._tell("so-giay")
        self._check()

    @rule(book=books, by=st.integers(1, 9), only=others)
    def numbered_otherwise(self, book: RegisterType, by: int = 1, only: int | None = None) -> None:
        """Only the numbers in a book are others, or that of one row."""
        rows = self.said["so-giay"]
        for key, one in rows.items():
            if one.register_type is book and only in (None, int(one.number)):
                rows[key] = replace(one, number=str(int(one.number) + by))
        self._tell("so-giay")
        self._check()

    @rule(source=sources, number=numbers)
    def goes_down(self, source: str, number: int) -> None:
        """What stands first in a file stands last: only places are others."""
        said = self.said[source]
        for key in list(said)[: 1 + number % 2]:
            said[key] = said.pop(key)
        self._tell(source)
        self._check()

    @rule(source=sources | st.just("motcua"), number=numbers)
    def withdrawn(self, source: str, number: int) -> None:
        keys = sorted(self.said[source])
        if len(keys) > 1:
            del self.said[source][keys[number % len(keys)]]
            self._tell(source)
            self._check()

    @rule(source=sources)
    def silent(self, source: str) -> None:
        self._tell(source, complete=False, problem="không đọc được")
        self._check()

    @rule(source=sources, first=st.none() | days, last=days)
    def speaks(self, source: str, first: int | None, last: int) -> None:
        """What a source covers grows, and shrinks."""
        end = self._on(last)
        self.covered[source] = (min(self._on(first) or BEGINNING, end), end)
        self._tell(source)
        self._check()

    @rule(source=sources, elsewhere=st.booleans())
    def back(self, source: str, *, elsewhere: bool = False) -> None:
        """Elsewhere: what the source says from now on lies beside what it said."""
        if elsewhere:
            self.file[source] = "b" if self.file.get(source, "a") == "a" else "a"
        self._tell(source)
        self._check()

    @rule(number=numbers, same=st.booleans())
    def answered(self, number: int, *, same: bool) -> None:
        known = [one for one in self.house.store.decisions.links() if one.dossier]
        if known:
            one = known[number % len(known)]
            said = Answer(one.row, str(one.dossier), same, "vt", self.day.isoformat())
            self.house.store.answers.add(said)
            self._check()

    @rule(until=days, instead=st.booleans())
    def declared(self, until: int, *, instead: bool) -> None:
        """A book is declared, beside what was or instead of it."""
        for one in self.house.store.books.all() if instead else ():
            said = {"by": "vt", "at": self._now(), "reason": "nhầm"}
            self.house.store.books.withdraw(one.id, **said)  # type: ignore[arg-type]
        self._declare(self._on(until))
        self._check()

    @rule(count=st.integers(1, 9))
    def days_pass(self, count: int) -> None:
        self.day += timedelta(days=count)
        self._check()

    @rule(past=st.booleans())
    def due_day_comes(self, *, past: bool) -> None:
        """The next day on which a dossier is due, or the one after it."""
        due = [one.due_on for of in self.said.values() for one in of.values() if one.due_on]
        self.day = min((on for on in due if on > self.day), default=self.day)
        self.day += timedelta(days=past)
        self._check()

    # How it is told

    @overload
    def _on(self, number: int) -> date: ...
    @overload
    def _on(self, number: int | None) -> date | None: ...
    def _on(self, number: int | None) -> date | None:
        """So many days from now."""
        return None if number is None else self.day + timedelta(days=number)

    def _dossier(
        self,
        source: str,
        number: int,
        received: date,
        due: date | None,
        status: Status = Status.PROCESSING,
    ) -> Claim:
        return Claim(
            key=f"{source}:{code_of(number)}",
            source=source,
            role=ROLES[source],
            own_code=code_of(number),
            received_on=received,
            due_on=due,
            finished_on=received if status is Status.DONE else None,
            status=status,
            raw_status=status.name,
            **person(number),  # type: ignore[arg-type]
        )

    def _row(
        self,
        number: int,
        returned: date | None,
        *,
        with_code: bool,
        book: RegisterType = RegisterType.TRACKING,
    ) -> Claim:
        return Claim(
            key=row_of(number, book),
            source="so-giay",
            role=Role.REGISTER,
            own_code=code_of(number) if with_code else "",
            register_type=book,
            number=str(number),
            received_on=START - timedelta(days=number),
            returned_on=returned if book is RegisterType.TRACKING else None,
            registered_on=returned if book is BIRTHS else None,
            **person(number),  # type: ignore[arg-type]
        )

    def _of(self, other: int | None, one: Claim) -> Claim:
        """The same code, of somebody else."""
        return one if other is None else replace(one, **person(other))  # type: ignore[arg-type]

    def _put(self, source: str, claim: Claim) -> None:
        self.said[source][claim.key] = claim

    def _tell(self, source: str, **more: object) -> None:
        number = next(self.edition)
        file = f"inbox/{source}/{self.file.get(source, 'a')}.xlsx"
        claims = [
            replace(claim, places=(Place(file, "Trang1", at),))
            for at, claim in enumerate(self.said[source].values(), start=2)
        ]
        first, last = self.covered.get(source, (BEGINNING, self.day))
        snapshot = Snapshot(
            source=source,
            role=ROLES[source],
            file=file,
            sha256=str(number),
            fingerprint=str(number),
            rows=len(claims),
            claims=tuple(claims),
            covers_from=first,
            covers_to=last,
        )
        told = replace(snapshot, **more)  # type: ignore[arg-type]
        if not told.complete:
            told = replace(told, claims=())
        self.house.store.claims.take_in(told, at=self._now(), on=self.day)

    def _declare(self, until: date) -> None:
        said = Declaration(until, "Vi Thị Thư")
        self.house.store.books.declare("so-giay", said, by="vt", at=self._now())

    def _now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 3, tzinfo=UTC)

    # What must hold

    def _check(self) -> None:
        alone, left = self._files(), self._left()
        self.by_change = self._by == "change"
        self._forget()
        in_full = self._files()
        assert not [name for name in in_full if alone[name] != in_full[name]]
        self._leave(left)

    def _files(self) -> dict[str, bytes]:
        out = self.office.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        house = replace(self.house, clock=StoppedClock(at=self._now()))
        asked = Request(scope=Scope(self.day), poll=False, formats=("json",), out=out)
        outcome = story.run(house, asked)
        run = json.loads((out / "run.json").read_bytes())
        self._by = run["decided"]["by"]
        told = json.dumps([run.get(name) for name in TOLD]).encode()
        files = {name: (out / name).read_bytes() for name in FILES} | {"run.json": told}
        return files | {"contents": _shown(outcome), "findings": repr(self._rows()).encode()}

    def _rows(self) -> list[tuple[object, ...]]:
        """What the rows of findings say that are as the newest decision has them."""
        findings = self.house.store.findings
        made = findings.made_of(findings.made())
        return sorted((name, *row) for name, row in made.items())

    def _forget(self) -> None:
        """Nothing is left of what was decided before; the next run leaves it behind anew."""

        def act(connection: Connection) -> None:
            connection.execute(delete(prepared))
            connection.execute(update(run_contents).values(fingerprint=""))

        self.house.store.database.write(act)
        for file in self._prepared():
            file.unlink()

    def _left(self) -> Left:
        """What the newest run left behind."""
        rows = self.house.store.database.read(lambda one: one.execute(select(prepared)).all())
        files = {file: file.read_bytes() for file in self._prepared()}
        return [row._asdict() for row in rows], files

    def _leave(self, left: Left) -> None:
        """The next run goes on from here."""
        rows, files = left

        def act(connection: Connection) -> None:
            connection.execute(delete(prepared))
            connection.execute(insert(prepared), rows)

        self.house.store.database.write(act)
        for file, content in files.items():
            file.write_bytes(content)

    def _prepared(self) -> list[Path]:
        return list((self.office.folder / "data" / "prepared").glob("*"))


def _loud(one: Claim) -> Claim:
    return replace(one, unit=one.unit.upper())


def _shown(outcome: Outcome) -> bytes:
    """All that the report shows, but for what is the run's own and what came of it before."""
    page = structs.replace(outcome.contents.page, decided="", run_id="", sources=(), trend=())
    page = structs.replace(page, movements=())
    work = tuple(structs.replace(unit, trend=()) for unit in outcome.contents.unit_work)
    now = structs.replace(outcome.contents, page=page, unit_work=work, files={}, run=None)
    return msgspec.msgpack.encode(now)
