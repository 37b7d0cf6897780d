"""Whatever happens to an office: deciding by what changed gives the files of deciding everything.

Random histories on both databases: dossiers and rows come, change and go, persons answer, books are
declared, a source falls silent and is back, days pass. After each step a run decides by change, and
the same run once more with nothing left to remember; the machine's files are the same bytes. The
next step goes on from what the run by change left behind.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, overload

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from msgspec import structs
from sqlalchemy import Connection, delete, insert, select, update

from reconcile.cases import Answer
from reconcile.claims import Claim, Place, Procedure, RegisterType, Role, Snapshot, Status, row_key
from reconcile.coverage import Declaration
from reconcile.scope import Scope
from tests.worker.office import CONFIG, PEOPLE, Office, make
from worker.clock import StoppedClock
from worker.house import House
from worker.run import by_change, story
from worker.run.requests import Outcome, Request
from worker.store.tables import prepared, run_contents

pytestmark = pytest.mark.usefixtures("either_database")

PORTAL = """
[[sources]]
name = "cong"
role = "portal"
kind = "export"
path = "inbox/cong/*"
"""
START = date(2024, 3, 1)
#: Of run.json what is decided.
TOLD = (
    *("counts", "open", "undetermined_overdue", "undetermined", "not_judged", "not_judged_in"),
    *("left_open", "signs", "rated"),
)
FILES = ("findings.jsonl", "links.jsonl", "statistics.json")
ROLES = {"motcua": Role.ONE_STOP, "cong": Role.PORTAL, "so-giay": Role.REGISTER}

#: Rows of ``prepared``, and the files that they name.
Left = tuple[list[dict[str, Any]], dict[Path, bytes]]

numbers = st.integers(0, 5)
#: Now and then a code that somebody else bears: one event twice, or one code of two people.
others = st.none() | st.none() | numbers
#: Days from the day of judgement on; what is said is of about now, so that days that pass matter.
days = st.integers(-20, 12)
maybe_days = st.none() | days | days
states = st.sampled_from([Status.PROCESSING, Status.PROCESSING, Status.DONE, Status.WITHDRAWN])


def person(number: int) -> dict[str, object]:
    """Every second one is a twin of the one before."""
    return {
        "subject": PEOPLE[number],
        "birth_date": f"2024-01-{10 + number // 2:02}",
        "mother": PEOPLE[10 + number // 2],
        "applicant": PEOPLE[10 + number // 2],
        "procedure": Procedure.BIRTH,
        "unit": f"Xã Mẫu {number // 2}",
    }


def code_of(number: int) -> str:
    return f"000.15.H11-240201-{number:04}"


class History(RuleBasedStateMachine):
    """An office to which things happen."""

    house: House
    folder: Path
    again: itertools.count[int]

    def __init__(self) -> None:
        super().__init__()
        name = f"office{next(self.again)}"
        self.office: Office = make(self.folder / name, CONFIG + PORTAL)
        house = self.office.house()
        self.house = house
        self.day = START
        self.said: dict[str, dict[str, Claim]] = {name: {} for name in ROLES}
        self.until: dict[str, date] = {}  # what a source says that it covers, where not all
        self.file: dict[str, str] = {}
        self.edition = itertools.count(1)
        for number in range(4):
            due = START + timedelta(days=2 * number)
            self._put("motcua", self._dossier("motcua", number, START, due, Status.PROCESSING))
        twice = self._dossier("motcua", 4, START, START, Status.PROCESSING)
        self._put("motcua", self._of(0, twice))  # one event twice
        self._put("so-giay", self._row(0, 0, START, with_code=False))
        self._put("so-giay", self._of(3, self._row(1, 1, START, with_code=True)))  # of another
        for source in ROLES:
            self._tell(source)
        said = Declaration(date(2024, 3, 20), "Vi Thị Thư", register_type=RegisterType.TRACKING)
        self.house.store.books.declare("so-giay", said, by="vt", at=self._now())
        self._check()

    # What happens

    @rule(number=numbers, received=days, due=maybe_days, status=states, other=others)
    def dossier(
        self, number: int, received: int, due: int | None, status: Status, other: int | None
    ) -> None:
        one = self._dossier("motcua", number, self._on(received), self._on(due), status)
        self._put("motcua", self._of(other, one))
        self._tell("motcua")
        self._check()

    @rule(number=numbers, received=days, status=states, loud=st.booleans())
    def on_the_portal(self, number: int, received: int, status: Status, loud: bool) -> None:
        """The portal may write units in capitals."""
        one = self._dossier("cong", number, self._on(received), None, status)
        self._put("cong", replace(one, unit=one.unit.upper()) if loud else one)
        self._tell("cong")
        self._check()

    @rule(number=numbers, returned=maybe_days, with_code=st.booleans(), other=others)
    def register_row(
        self, number: int, returned: int | None, with_code: bool, other: int | None
    ) -> None:
        one = self._row(number, number, self._on(returned), with_code=with_code)
        self._put("so-giay", self._of(other, one))
        self._tell("so-giay")
        self._check()

    @rule(source=st.sampled_from(list(ROLES)))
    def in_another_file(self, source: str) -> None:
        """What the source says from now on lies beside what it said."""
        self.file[source] = "b" if self.file.get(source, "a") == "a" else "a"
        self._tell(source)
        self._check()

    @rule(source=st.sampled_from(list(ROLES)), number=numbers)
    def withdrawn(self, source: str, number: int) -> None:
        keys = sorted(self.said[source])
        if len(keys) > 1:
            del self.said[source][keys[number % len(keys)]]
            self._tell(source)
            self._check()

    @rule(source=st.sampled_from(list(ROLES)))
    def silent(self, source: str) -> None:
        self._tell(source, complete=False, problem="không đọc được")
        self._check()

    @rule(source=st.sampled_from(list(ROLES)), last=days)
    def speaks_until(self, source: str, last: int) -> None:
        """What a source covers grows, and shrinks."""
        self.until[source] = self._on(last)
        self._tell(source)
        self._check()

    @rule(source=st.sampled_from(list(ROLES)))
    def back(self, source: str) -> None:
        self._tell(source)
        self._check()

    @rule(number=numbers, same=st.booleans())
    def answered(self, number: int, same: bool) -> None:
        known = [one for one in self.house.store.decisions.links() if one.dossier]
        if known:
            one = known[number % len(known)]
            said = Answer(one.row, str(one.dossier), same, "vt", self.day.isoformat())
            self.house.store.answers.add(said)
            self._check()

    @rule(until=days)
    def declared(self, until: int) -> None:
        said = Declaration(self._on(until), "Vi Thị Thư", register_type=RegisterType.TRACKING)
        self.house.store.books.declare("so-giay", said, by="vt", at=self._now())
        self._check()

    @rule(count=st.integers(1, 9))
    def days_pass(self, count: int) -> None:
        self.day += timedelta(days=count)
        self._check()

    @rule(past=st.booleans())
    def due_day_comes(self, past: bool) -> None:
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
        self, source: str, number: int, received: date, due: date | None, status: Status
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

    def _row(self, place: int, number: int, returned: date | None, *, with_code: bool) -> Claim:
        return Claim(
            key=row_key("so-giay", [str(place)], 0),
            source="so-giay",
            role=Role.REGISTER,
            own_code=code_of(number) if with_code else "",
            register_type=RegisterType.TRACKING,
            received_on=START - timedelta(days=number),
            returned_on=returned,
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
        snapshot = Snapshot(
            source=source,
            role=ROLES[source],
            file=file,
            sha256=str(number),
            fingerprint=str(number),
            rows=len(claims),
            claims=tuple(claims),
            covers_from=date(2024, 1, 1),
            covers_to=self.until.get(source, self.day),
        )
        told = replace(snapshot, **more)  # type: ignore[arg-type]
        if not told.complete:
            told = replace(told, claims=())
        self.house.store.claims.take_in(told, at=self._now(), on=self.day)

    def _now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 3, tzinfo=UTC)

    # What must hold

    def _check(self) -> None:
        by_change, left = self._files(), self._left()
        self._forget()
        assert by_change == self._files()
        self._leave(left)

    def _files(self) -> dict[str, bytes]:
        out = self.office.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        house = replace(self.house, clock=StoppedClock(at=self._now()))
        asked = Request(scope=Scope(self.day), poll=False, formats=("json",), out=out)
        outcome = story.run(house, asked)
        run = json.loads((out / "run.json").read_bytes())
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


def _shown(outcome: Outcome) -> bytes:
    """All that the report shows, but for what is the run's own and what came of it before."""
    page = structs.replace(outcome.contents.page, decided="", run_id="", sources=(), trend=())
    page = structs.replace(page, movements=())
    work = tuple(structs.replace(unit, trend=()) for unit in outcome.contents.unit_work)
    now = structs.replace(outcome.contents, page=page, unit_work=work, files={}, run=None)
    return msgspec.msgpack.encode(now)


#: Many in the long form; the core alone goes through more of them in every run of the tests.
EXAMPLES = int(os.environ.get("DOISOAT_HISTORIES", "2"))


def test_any_history_decided_by_change_is_the_same_bytes(
    tmp_path: Path, either_database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(by_change, "MOST_CHANGED", 1_000)  # however little there is, by change

    monkeypatch.setattr(by_change, "RESCUED", ())  # nothing is put right quietly

    class Here(History):
        folder = tmp_path
        again = itertools.count()

    Here.TestCase.settings = settings()
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """The office of the histories as it begins, decided by change from here on."""
    monkeypatch.setattr(by_change, "MOST_CHANGED", 1_000)
    monkeypatch.setattr(by_change, "RESCUED", ())

    class Here(History):
        folder = tmp_path
        again = itertools.count()

    return Here()


def test_what_only_a_claim_tells_is_written_anew(office: History):
    """A year of birth stands in no finding, and on its line."""
    for source, key in (
        ("motcua", f"motcua:{code_of(0)}"),
        ("so-giay", next(iter(office.said["so-giay"]))),
    ):
        office._put(source, replace(office.said[source][key], birth_date="2023-12-30"))
        office._tell(source)
    office._check()
    rows = [payload for _, _, payload in office._rows()]
    assert any(b"(2023)" in one for one in rows)


def test_a_row_of_another_with_the_code_is_shown_where_it_stands_now(office: History):
    """It is no row of the dossier that its code is of, and its finding names its place."""
    first, other = office.said["so-giay"]
    assert office.said["so-giay"][other].own_code == code_of(1)
    del office.said["so-giay"][first]
    office._tell("so-giay")
    office._check()
