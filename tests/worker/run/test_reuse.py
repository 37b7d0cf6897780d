"""A run that finds nothing changed decides nothing again, and nobody can tell it from one that did.

Every input of a decision is changed in turn: each must make the run decide in full. Whatever a run
does, its contents are those of a full run.
"""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from reconcile import lifecycle
from reconcile.links import Answer
from reconcile.scope import Scope
from tests.worker.office import CONFIG, EXPORT, REGISTER, Office, dossiers, entries, make, write
from tests.worker.reports_sample import sample_facts
from worker.clock import StoppedClock
from worker.house import House
from worker.reports import again, build
from worker.reports.contents import Contents
from worker.reports.facts import OwnFacts, RunFacts
from worker.run import program, reuse, story
from worker.run.exits import DONE, STILL_OPEN
from worker.run.polling import gather
from worker.run.requests import Outcome, Request, Unmasked
from worker.store.tables import run_contents

pytestmark = pytest.mark.usefixtures("either_database")

AS_OF = date(2024, 3, 31)
QUARTER = Scope(AS_OF, date(2024, 1, 1), AS_OF)
MORNING = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
EXPORTED, BOOK = "inbox/motcua/a.xlsx", "inbox/so-giay/so.xlsx"
STRANGER = {
    "Người được khai sinh": "Ksor Y Thoan",
    "Mã hồ sơ": "",
    "Ngày sinh": "09/01/2024",
    "Ngày nhận": "10/01/2024",
    "Ngày trả": "11/01/2024",
}


def at(office: Office, hours: float = 1) -> House:
    """The office so many hours after its first run."""
    house = office.house()
    return replace(house, clock=StoppedClock(at=MORNING + timedelta(hours=hours)))


def ran(house: House, scope: Scope = QUARTER, **asked: object) -> Outcome:
    request = Request(scope=scope, formats=(), **asked)  # type: ignore[arg-type]
    return story.run(house, request)


def in_full(house: House, scope: Scope = QUARTER, **asked: object) -> Outcome:
    """The same run once more, by a store that remembers no earlier decision."""
    forget = update(run_contents).values(fingerprint="")
    house.store.database.write(lambda connection: connection.execute(forget))
    outcome = ran(house, scope, **asked)
    assert outcome.same_as == ""
    return outcome


def plain(contents: Contents, run_id: str) -> bytes:
    """All that a run keeps; its own number is the same for all."""
    # How the links came about is told of each run; what they are is compared.
    line = msgspec.structs.replace(contents.run, decided=msgspec.UNSET)
    page = msgspec.structs.replace(contents.page, decided="")
    contents = msgspec.structs.replace(contents, run=line, page=page)
    return msgspec.json.encode(contents).replace(run_id.encode(), b"N")


def same(one: Outcome, other: Outcome) -> bool:
    return plain(one.contents, one.run_id) == plain(other.contents, other.run_id)


@pytest.fixture
def office(made_once) -> Office:
    """Twenty births, fifteen handed over on paper, one stranger in the book; reconciled once."""
    return made_once(reconciled)


def reconciled(folder: Path) -> None:
    since = '"inbox/motcua/*"\nsince = 2024-01-01'
    office = make(folder, CONFIG.replace('"inbox/motcua/*"', since))
    (folder / "tables").mkdir()
    write(folder / EXPORTED, EXPORT, dossiers())
    rows = [*entries(dossiers()[:15]), *entries(dossiers()[:1], **STRANGER)]
    write(folder / BOOK, REGISTER, rows)
    house = at(office, hours=0)
    assert ran(house).same_as == ""
    house.store.close()


def test_nothing_changed_is_not_decided_again_and_looks_as_if_it_were(office: Office):
    house = at(office)
    quick = ran(house, trigger="schedule")
    assert quick.same_as
    assert (quick.claims_written, quick.applied.links, quick.applied.changes) == (0, 0, 0)
    third = ran(house, trigger="schedule")
    assert third.same_as == quick.run_id
    assert same(quick, in_full(house, trigger="schedule"))


def test_the_files_are_those_of_a_full_run(office: Office):
    house = at(office)
    request = Request(scope=QUARTER, trigger="schedule", out=office.folder / "quick")
    quick = story.run(house, request)
    assert quick.same_as
    in_full(house)
    forget = update(run_contents).values(fingerprint="")
    house.store.database.write(lambda connection: connection.execute(forget))
    full = story.run(house, replace(request, out=office.folder / "full"))
    assert full.same_as == ""
    for name in ("findings.jsonl", "links.jsonl", "rejected.jsonl", "statistics.json"):
        assert (quick.folder / name).read_bytes() == (full.folder / name).read_bytes()
    page, other = (
        re.sub(r"<li>Cách ghép: .*?</li>", "", (one.folder / "doi-soat.html").read_text("utf-8"))
        for one in (quick, full)
    )
    assert page.replace(quick.run_id, full.run_id) == other
    assert quick.files.keys() == full.files.keys()


def test_an_office_that_asks_again_gets_the_same_exit_code(office: Office):
    house = at(office)
    assert ran(house, fail_on_open=True).exit_code == STILL_OPEN
    assert in_full(house, fail_on_open=True).exit_code == STILL_OPEN
    assert ran(house).exit_code == DONE


# Every input in turn. Each changes one thing; none may be overlooked.


def the_export(office: Office) -> None:
    rows = dossiers()
    rows[16] |= {"Trạng thái": "Đã trả kết quả", "Ngày kết thúc xử lý": "20/02/2024"}
    write(office.folder / EXPORTED, EXPORT, rows)


def a_row_of_the_book(office: Office) -> None:
    write(office.folder / BOOK, REGISTER, entries(dossiers()[:14]))


def where_a_row_stands(office: Office) -> None:
    rows = [*entries(dossiers()[:15]), *entries(dossiers()[:1], **STRANGER)]
    write(office.folder / BOOK, REGISTER, [*rows[1:], rows[0]])


def a_cell_that_cannot_be_read(office: Office) -> None:
    rows = [*entries(dossiers()[:15]), *entries(dossiers()[:1], **STRANGER)]
    rows[3] |= {"Ngày nhận": "32/13/2024"}
    write(office.folder / BOOK, REGISTER, rows)


def a_file_that_is_gone(office: Office) -> None:
    (office.folder / BOOK).unlink()


def a_file_that_is_cut(office: Office) -> None:
    whole = (office.folder / EXPORTED).read_bytes()
    (office.folder / EXPORTED).write_bytes(whole[: len(whole) // 2])


def one_more_file(office: Office) -> None:
    write(office.folder / "inbox/so-giay/so-2.xlsx", REGISTER, entries(dossiers()[15:17]))


def what_a_person_answered(office: Office) -> None:
    store = at(office).store
    link = next(one for one in store.decisions.links() if one.dossier is None)
    assert store.answers.add(
        Answer(link.row, "motcua:H11.20-240117-1016", True, "an", "2024-04-01")
    )


def somebody(act: Callable[[lifecycle.Discrepancy], lifecycle.Change]) -> Callable[[Office], None]:
    def acts(office: Office) -> None:
        store = at(office).store
        known = next(
            one for one in store.decisions.discrepancies() if one.state is lifecycle.State.OPEN
        )
        store.decisions.apply(None, [act(known)])

    return acts


def taken(known: lifecycle.Discrepancy) -> lifecycle.Change:
    return lifecycle.acknowledge(known, "an", now=MORNING, on=date(2024, 4, 1))


def set_aside(known: lifecycle.Discrepancy) -> lifecycle.Change:
    later = date(2024, 6, 30)
    return lifecycle.waive(known, "an", "chờ", until=later, now=MORNING, on=date(2024, 4, 1))


def a_day_judged_before(office: Office) -> None:
    store = at(office).store
    store.runs.begin("2024-03-01-x", "cli", Scope(date(2024, 3, 1)), at=MORNING)
    store.decisions.apply(None, (), run_id="2024-03-01-x", judged=date(2024, 3, 1))


def setting(before: str, after: str) -> Callable[[Office], None]:
    def change(office: Office) -> None:
        text = office.config.read_text("utf-8")
        assert before in text
        office.config.write_text(text.replace(before, after, 1), "utf-8")

    return change


def table(name: str, text: str) -> Callable[[Office], None]:
    def change(office: Office) -> None:
        (office.folder / "tables" / f"{name}.csv").write_text(text, "utf-8")

    return change


CHANGES: dict[str, Callable[[Office], None]] = {
    "a status in the export": the_export,
    "a row of the book is gone": a_row_of_the_book,
    "a row stands elsewhere": where_a_row_stands,
    "a cell cannot be read": a_cell_that_cannot_be_read,
    "a file is gone": a_file_that_is_gone,
    "a file is cut": a_file_that_is_cut,
    "one more file": one_more_file,
    "an answer": what_a_person_answered,
    "somebody took the work": somebody(taken),
    "somebody set it aside": somebody(set_aside),
    "a day judged before": a_day_judged_before,
    "the office's name": setting("UBND xã Thử Nghiệm", "UBND xã Khác"),
    "the grace": setting("[office]", "[policy]\ngrace_workdays = 5\n\n[office]"),
    "the thresholds": setting("[office]", "[policy]\nlink_review = 0.5\n\n[office]"),
    "since when": setting("since = 2024-01-01", "since = 2024-01-15"),
    "what a book proves": setting(
        'kind = "register"', 'kind = "register"\norigin = "xuat_tu_mot_cua"'
    ),
    "a book declared complete": setting(
        'path = "inbox/so-giay/*"',
        'path = "inbox/so-giay/*"\ncomplete_to = [{ until = 2024-03-31, by = "Lò Thị Mận" }]',
    ),
    "the units": table("units", "code,name\nX01,Xã Thử Nghiệm\n"),
    "the calendar": table("calendar", "date,day,note\n2024-03-29,off,\n"),
    "the statuses": table("statuses", "kind,raw,status,ii06a\nexport,Đang xử lý,5,waiting\n"),
    "the procedures": table("procedures", "code,class,name\n9.999999,birth,Thủ tục mới\n"),
    "the submitted figures": table(
        "submitted", "period,unit,field,tiếp nhận: tổng số\n2024-Q1,,,20\n"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_is_decided_again(office: Office, name: str):
    assert ran(at(office)).same_as, "nothing had changed yet"
    CHANGES[name](office)
    house = at(office, hours=2)
    changed = ran(house)
    assert changed.same_as == ""
    settled = ran(house)  # and what was decided then is found again
    assert settled.same_as == changed.run_id
    assert same(settled, in_full(house))


SCOPES = {
    "another day": replace(QUARTER, as_of=date(2024, 3, 30)),
    "a later day": replace(QUARTER, as_of=date(2024, 4, 2)),
    "a day that was asked for": replace(QUARTER, as_of_given=True),
    "another period": replace(QUARTER, starts=date(2024, 2, 1)),
    "one unit": replace(QUARTER, units=frozenset({"xa thu nghiem"})),
    "one class": replace(QUARTER, procedures=frozenset({"death"})),
}


@pytest.mark.parametrize("name", SCOPES)
def test_another_scope_is_decided_for_itself(office: Office, name: str):
    house = at(office)
    other = ran(house, SCOPES[name])
    assert other.same_as == ""
    settled = ran(house, SCOPES[name])
    assert settled.same_as == other.run_id
    assert same(settled, in_full(house, SCOPES[name]))


def test_page_one_tells_what_changed_since_the_last_day(office: Office):
    later = ran(at(office, hours=48), replace(QUARTER, as_of=date(2024, 4, 2)))
    told = [text for text in later.contents.page.movements if "31/03/2024" in text]
    assert len(told) == 1
    assert told[0].startswith("So với lần đối soát trước")


def test_a_file_saved_again_with_the_same_rows_changes_nothing(office: Office):
    """Its bytes are others; what it says is not, so the earlier decision stands."""
    rows = [*entries(dossiers()[:15]), *entries(dossiers()[:1], **STRANGER)]
    write(office.folder / BOOK, (*REGISTER, "Cột lạ"), rows)
    house = at(office, hours=3)
    assert ran(house).same_as == "", "an unknown column is told on the first page"
    quick = ran(house)
    assert quick.same_as
    assert same(quick, in_full(house))


def test_another_line_of_the_program_is_another_program(tmp_path: Path):
    for name in ("reconcile", "worker"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rules.py").write_text("LIMIT = 1\n")
    before = program.program(tmp_path)
    assert before == program.program(tmp_path)
    (tmp_path / "reconcile" / "rules.py").write_text("LIMIT = 2\n")
    assert program.program(tmp_path) != before


def test_what_another_program_decided_is_not_taken(office: Office):
    house = at(office)
    known, answers = house.store.decisions.discrepancies(QUARTER), house.store.answers.all()
    coverage, said = gather(house, {}).coverage, house.store.judged.differing().said
    upon = (house, QUARTER, coverage, known, answers, said)
    assert house.store.runs.same_contents(reuse.fingerprint(*upon)) is not None
    other = reuse.fingerprint(*upon, program="another")
    assert house.store.runs.same_contents(other) is None


def test_contents_that_cannot_be_read_are_decided_again(office: Office):
    house = at(office)
    spoil = update(run_contents).values(contents=b"x\x9c\x03\x00\x00\x00\x00\x01")
    house.store.database.write(lambda connection: connection.execute(spoil))
    spoilt = ran(house)
    assert spoilt.same_as == ""
    assert same(spoilt, in_full(house))


def test_whole_names_are_never_taken_from_an_earlier_run(office: Office):
    house = at(office)
    who = Unmasked("an", "thanh tra yêu cầu")
    assert ran(house, in_full=who).same_as == ""
    assert ran(house).same_as


#: Which part of the fingerprint holds what a report is built from.
PART_OF = {
    "office": "settings",
    "scope": "scope",
    "statistics": "read",
    "findings": "known",
    "left_open": "known",
    "links": "answers",
    "claims": "read",
    "rejected": "read",
    "not_judged": "coverage",
    "undetermined_overdue": "coverage",
    "waiting_groups": "read",
    "reach": "coverage",
    "undecided": "coverage",
    "suspects": "policy",
    "unit": "scope",
    "unit_names": "tables",
    "submitted": "tables",
    "confirmed": "answers",
    "freeze": "periods",
    "opening": "periods",
    "check": "checks",
    "controls": "readings",
    "papers": "papers",
    "movements": "judged",
    "trend": "judged",
    "full_names": "",  # never in what a run keeps
    "written": "",  # of rows and links that are as they would be made anew
    "link_blocks": "",
    "rows_at": "read",
}


def test_every_fact_of_a_report_is_accounted_for():
    """Whoever adds a fact says what it depends on: of the fingerprint, or of the run alone."""
    own = {field.name for field in dataclasses.fields(OwnFacts)}
    known = {field.name for field in dataclasses.fields(RunFacts)}
    assert own | PART_OF.keys() == known
    assert not own & PART_OF.keys()


def test_what_is_a_run_s_own_is_taken_over():
    facts = sample_facts(24)
    later = facts.read_at + timedelta(hours=5)
    own = OwnFacts(
        run_id="2024-04-02-073000-abcd",
        trigger="schedule",
        started=later,
        finished=later + timedelta(seconds=8),
        read_at=later,
        exit_code=0,
        writes={"claims": 1, "links": 2, "changes": 3},
        sources=tuple(replace(source, new=7, changed=9) for source in facts.sources),
    )
    for silent in (True, False):
        before = sample_facts(24, silent=silent)
        fields = {field.name: getattr(own, field.name) for field in dataclasses.fields(own)}
        sources = tuple(replace(one, new=7, changed=9) for one in before.sources)
        mine = replace(own, sources=sources)
        expected = build(replace(before, **fields | {"sources": sources}))
        assert again(build(before), mine) == expected
