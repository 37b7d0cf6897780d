"""Files that a person hands in, at the desk: looked at, taken in, put back; never for others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reconcile.claims import RegisterType
from reconcile.coverage import Declaration
from tests.worker.office import CONFIG, REGISTER, Office, dossiers, entries, make, write
from worker.desk import intake, uploads
from worker.desk.actor import Actor, OfficeRole, Unseen, at_the_shell
from worker.desk.refused import Refused
from worker.house import House
from worker.store import FileStanding, IntakeState

pytestmark = pytest.mark.usefixtures("either_database")

UNITS = "code,name\n901,Xã Thử Nghiệm\n902,Xã Bên Kia\n"
OWN, OTHER = "901", "902"
CLERK = Actor("can-bo", OfficeRole.OFFICER, frozenset({OWN}))
NEIGHBOUR = Actor("ben-kia", OfficeRole.OFFICER, frozenset({OTHER}))
EVERYBODY = Actor("huyen", OfficeRole.OFFICER)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = make(tmp_path / "office", CONFIG + "\n[intake]\nmax_upload_mb = 1\n")
    (made.folder / "tables").mkdir()
    (made.folder / "tables/units.csv").write_text(UNITS, "utf-8-sig")
    return made


def sheet(tmp_path: Path, count: int, headers: tuple[str, ...] = REGISTER, **cells: str) -> Path:
    return write(tmp_path / "so.xlsx", headers, entries(dossiers(count), **cells))


def handed_in(house: House, who: Actor, file: Path, name: str = "") -> int:
    return uploads.receive(house, who, None, name or file.name, [file.read_bytes()])


def taken(house: House, who: Actor, file: Path, word: FileStanding = FileStanding.ASKED) -> int:
    number = handed_in(house, who, file)
    uploads.look(house, who, number)
    uploads.take(house, who, number, word)
    return number


def everything(house: House) -> tuple[object, ...]:
    """All that the store holds of what was said."""
    return (
        house.store.readings.claims(),
        house.store.readings.rejected(),
        house.store.findings.fingerprint(),
    )


def test_a_file_waits_is_looked_at_and_only_then_taken_in(office: Office, tmp_path: Path):
    house = office.house()
    number = handed_in(house, CLERK, sheet(tmp_path, 5))
    assert [one.id for one in uploads.waiting(house, CLERK)] == [number]
    found = uploads.look(house, CLERK, number)
    assert (found.ready, found.effect.new, found.effect.read) == (True, 5, 5)
    assert uploads.seen(house, number) == found
    assert house.store.readings.claims() == []
    assert uploads.take(house, CLERK, number).new == 5
    assert uploads.waiting(house, CLERK) == []
    (one,) = intake.past(house, CLERK)
    assert (one.state, one.by, one.unit, one.name) == (IntakeState.TAKEN, "can-bo", OWN, "so.xlsx")


def test_the_next_run_reads_what_was_handed_in_and_finds_nothing_new(
    office: Office, tmp_path: Path
):
    house = office.house()
    taken(house, CLERK, sheet(tmp_path, 5))
    write(office.folder / "inbox/motcua/hs.xlsx", tuple(dossiers(1)[0]), dossiers(5))
    report = office.run("--as-of", "2024-02-01")
    paper = report.run["sources"]["so-giay"]
    assert (paper["read"], paper["new"], paper["complete"]) == (5, 0, True)
    assert report.kinds() == {"RETURNED_STILL_PENDING"}


def test_undoing_puts_back_exactly_what_the_file_replaced(office: Office, tmp_path: Path):
    house = office.house()
    old = entries(dossiers(6))
    old[0]["Ngày trả"] = "30/02/2024"
    first = taken(house, CLERK, write(tmp_path / "so.xlsx", REGISTER, old))
    before = everything(house)
    assert len(house.store.readings.rejected()) == 1
    rows = entries(dossiers(8))[2:]
    rows[0]["Ngày trả"] = "31/02/2024"
    second = taken(house, CLERK, write(tmp_path / "so.xlsx", REGISTER, rows))
    assert everything(house) != before
    done = intake.undo(house, CLERK, second, reason="nhầm tệp")
    assert (done.state, done.undone_by, done.reason) == (IntakeState.UNDONE, "can-bo", "nhầm tệp")
    assert everything(house) == before
    assert house.store.upkeep.verify() == []
    with pytest.raises(Refused, match="đọc lại"):
        intake.undo(house, CLERK, first, reason="")  # what it replaced is no longer kept
    with pytest.raises(Refused, match="đã được hoàn tác"):
        intake.undo(house, CLERK, second, reason="")


def test_undoing_the_first_file_of_a_name_leaves_nothing_and_it_may_come_again(
    office: Office, tmp_path: Path
):
    house = office.house()
    file = sheet(tmp_path, 4)
    number = taken(house, CLERK, file)
    uploads.undo(house, CLERK, number, reason="")
    assert house.store.readings.claims() == []
    assert house.store.readings.files("so-giay") == []
    assert taken(house, CLERK, file) > number
    assert len(house.store.readings.claims()) == 4
    assert house.store.upkeep.verify() == []


@pytest.mark.parametrize("word", [FileStanding.ASKED, FileStanding.REPLACED, FileStanding.KEPT])
def test_a_file_that_was_laid_over_another_is_undone_whatever_was_said(
    office: Office, tmp_path: Path, word: FileStanding
):
    house = office.house()
    taken(house, CLERK, sheet(tmp_path, 6))
    before = everything(house)
    others = entries(dossiers(20)[12:])
    second = taken(house, CLERK, write(tmp_path / "so.xlsx", REGISTER, others), word)
    assert everything(house) != before
    uploads.undo(house, CLERK, second, reason="")
    assert everything(house) == before
    assert [one.path for one in house.store.readings.files("so-giay")] == [
        "data/nap-so/so-giay/Xã Thử Nghiệm/so.xlsx"
    ]
    assert house.store.upkeep.verify() == []


def test_undoing_is_refused_while_something_stands_on_it(office: Office, tmp_path: Path):
    house = office.house()
    number = taken(house, CLERK, sheet(tmp_path, 4))
    said = Declaration(house.clock.today(), "Hộ tịch", OWN, RegisterType.TRACKING)
    book = house.store.books.declare("so-giay", said, by="can-bo", at=house.clock.now())
    with pytest.raises(Refused, match=f"khai báo sổ số {book}"):
        uploads.undo(house, CLERK, number, reason="")
    house.store.books.withdraw(book, by="can-bo", at=house.clock.now(), reason="nhầm")
    uploads.undo(house, CLERK, number, reason="")
    assert house.store.readings.claims() == []


def test_undoing_at_the_command_line(office: Office, tmp_path: Path):
    office.command("import", str(sheet(tmp_path, 3)))
    result = office.command("import", "--undo", "--reason", "nhầm")
    assert result.exit_code == 0, result.output
    assert "Đã hoàn tác lần nạp số 1" in result.output
    assert office.house().store.readings.claims() == []
    again = office.command("import", "--undo")
    assert again.exit_code == 2
    assert "Không có lần nạp nào" in again.output


def test_a_column_explained_is_remembered_for_the_unit_of_the_file(office: Office, tmp_path: Path):
    house = office.house()
    rows = [{**row, "Hẹn dân tới": row["Ngày trả"]} for row in entries(dossiers(3))]
    file = write(
        tmp_path / "so.xlsx", (*(h for h in REGISTER if h != "Ngày trả"), "Hẹn dân tới"), rows
    )
    number = handed_in(house, CLERK, file)
    uploads.choose_unit(house, CLERK, number, OWN)
    found = uploads.look(house, CLERK, number)
    (column,) = [one for one in found.tables[0].columns if one.unknown]
    assert (column.label, len(column.samples)) == ("Hẹn dân tới", 3)
    uploads.explain(house, CLERK, number, [("Hẹn dân tới", "returned_on")])
    assert uploads.seen(house, number) is None
    found = uploads.look(house, CLERK, number)
    assert found.ready
    assert not any(one.unknown for one in found.tables[0].columns)
    uploads.take(house, CLERK, number)
    assert all(claim.returned_on for claim in house.store.readings.claims())


def test_nothing_is_taken_in_without_a_unit(office: Office, tmp_path: Path):
    house = office.house()
    headers = tuple(one for one in REGISTER if one != "Đơn vị")
    file = write(tmp_path / "so.xlsx", headers, entries(dossiers(3)))
    number = handed_in(house, EVERYBODY, file)
    found = uploads.look(house, EVERYBODY, number)
    assert (found.ready, found.unitless) == (False, 3)
    assert found.tables[0].needs_unit
    with pytest.raises(Refused, match="chưa rõ đơn vị"):
        uploads.take(house, EVERYBODY, number)
    uploads.choose_unit(house, EVERYBODY, number, OWN)
    assert uploads.look(house, EVERYBODY, number).ready
    uploads.take(house, EVERYBODY, number)
    assert {claim.unit for claim in house.store.readings.claims()} == {OWN}


def test_rows_of_another_unit_are_not_taken_in(office: Office, tmp_path: Path):
    house = office.house()
    rows = entries(dossiers(4))
    rows[3]["Đơn vị"] = "Xã Bên Kia"
    number = handed_in(house, CLERK, write(tmp_path / "so.xlsx", REGISTER, rows))
    found = uploads.look(house, CLERK, number)
    assert (found.ready, found.strange) == (False, ("Xã Bên Kia",))
    with pytest.raises(Refused, match="Xã Bên Kia"):
        uploads.take(house, CLERK, number)


def test_a_file_of_several_units_belongs_to_whoever_handed_it_in(office: Office, tmp_path: Path):
    house = office.house()
    both = Actor("hai-xa", OfficeRole.OFFICER, frozenset({OWN, OTHER}))
    rows = entries(dossiers(4))
    rows[3]["Đơn vị"] = "Xã Bên Kia"
    number = taken(house, both, write(tmp_path / "so.xlsx", REGISTER, rows))
    assert [one.id for one in intake.past(house, both)] == [number]
    assert intake.past(house, CLERK) == []
    (path,) = [one.path for one in house.store.readings.files("so-giay")]
    assert path == f"data/nap-so/so-giay/{uploads.SEVERAL}/so.xlsx"
    uploads.undo(house, both, number, reason="")
    assert house.store.readings.claims() == []


def test_what_another_person_handed_in_is_not_there(office: Office, tmp_path: Path):
    house = office.house()
    number = handed_in(house, CLERK, sheet(tmp_path, 3))
    for act in (uploads.look, uploads.take, uploads.drop):
        with pytest.raises(Unseen):
            act(house, NEIGHBOUR, number)
    uploads.take(house, CLERK, number)
    assert intake.past(house, NEIGHBOUR) == []
    with pytest.raises(Unseen):
        intake.undo(house, NEIGHBOUR, number, reason="")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("../../../etc/passwd", b"x", "Không nhận loại tệp"),
        ("so.exe", b"MZ", "Không nhận loại tệp"),
        ("", b"x", "Không nhận loại tệp"),
        ("so.xlsx", b"", "rỗng"),
        ("so.xlsx", b"x" * 1_000_001, "lớn hơn 1 MB"),
    ],
)
def test_what_cannot_be_a_register_leaves_nothing_behind(
    office: Office, name: str, content: bytes, told: str
):
    house = office.house()
    with pytest.raises(Refused, match=told):
        uploads.receive(house, CLERK, None, name, [content])
    assert uploads.waiting(house, CLERK) == []
    assert [path for path in house.settings.uploads.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../so.xlsx", "so.xlsx"),
        ("C:\\Users\\xa\\Sổ quý 1.xlsx", "Sổ quý 1.xlsx"),
        ("/etc/cron.d/x.csv", "x.csv"),
        ("..xlsx.xlsx", "xlsx.xlsx"),
        ("a\x00\n\tb.xlsx", "ab.xlsx"),
        (".~$.xlsx", "so.xlsx"),
        ("x" * 400 + ".xlsx", "x" * 115 + ".xlsx"),
    ],
)
def test_a_name_is_made_harmless(name: str, kept: str):
    assert uploads.harmless(name) == kept


def test_a_file_that_waits_too_long_is_forgotten(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    house = office.house()
    number = handed_in(house, CLERK, sheet(tmp_path, 3))
    monkeypatch.setattr(uploads, "WAITS_AT_MOST", timedelta(0))
    handed_in(house, NEIGHBOUR, sheet(tmp_path, 4, **{"Đơn vị": "Xã Bên Kia"}))
    assert uploads.waiting(house, CLERK) == []
    assert not (house.settings.uploads / ".cho" / str(number)).exists()


def test_the_same_file_twice_is_one(office: Office, tmp_path: Path):
    house = office.house()
    file = sheet(tmp_path, 3)
    number = handed_in(house, CLERK, file)
    assert handed_in(house, CLERK, file, "ten khac.xlsx") == number
    uploads.take(house, CLERK, number)
    with pytest.raises(Refused, match=r"giống hệt tệp «so\.xlsx»"):
        handed_in(house, CLERK, file, "ten khac.xlsx")


def test_a_process_that_died_between_database_and_folder_is_made_good(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    house = office.house()
    number = handed_in(house, CLERK, sheet(tmp_path, 3))
    with monkeypatch.context() as dying:
        dying.setattr(uploads, "_shelve", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            uploads.take(house, CLERK, number)
    assert list(house.settings.uploads.glob("so-giay/*/done/*/*/so.xlsx")) == []
    handed_in(house, CLERK, sheet(tmp_path, 4))
    assert len(list(house.settings.uploads.glob("so-giay/*/done/*/*/so.xlsx"))) == 1
    assert len(intake.past(house, at_the_shell("cli:it"))) == 1
