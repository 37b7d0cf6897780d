"""Absence never resolves: a file laid where another lay takes nothing back by its name alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.making import LATER, NOW, TODAY, register_row, snapshot
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.store import FileStanding, Store

PERIOD = ("--period", "2024-Q1", "--as-of", "2024-03-31")
HERE, THERE = "Xã Tân Hà", "Xã Sông Phan"
Rows = list[dict[str, Any]]


def books() -> tuple[Rows, Rows]:
    """The dossiers of two communes, six each."""
    both = dossiers(12)
    return [one | {"Đơn vị xử lý": HERE} for one in both[:6]], [
        one | {"Đơn vị xử lý": THERE} for one in both[6:]
    ]


@pytest.fixture
def office(tmp_path: Path, either_database: str) -> Office:
    """The first commune's register was read: six dossiers are open."""
    made = make(tmp_path / "office")
    here, there = books()
    write(made.folder / "inbox/motcua/ds.xlsx", EXPORT, [*here, *there])
    lay(made, entries(here))
    assert open_dossiers(made) == codes(here)
    return made


def lay(office: Office, rows: Rows, name: str = "so.xlsx") -> Path:
    return write(office.folder / "inbox/so-giay" / name, REGISTER, rows)


def codes(rows: Rows) -> set[str]:
    return {str(one["Mã hồ sơ"]) for one in rows}


def open_dossiers(office: Office) -> set[str]:
    """Of which dossiers a run says that they were handed over."""
    found = office.run(*PERIOD).findings
    return {
        one["codes"]["one_stop"]
        for one in found
        if one["kind"] == "RETURNED_STILL_PENDING" and one["state"] == "OPEN"
    }


def resolved(office: Office) -> int:
    found = json.loads(office.command("findings", "list", "--all", "--json").stdout)
    return sum(one["state"] == "RESOLVED" for one in found)


def asked(office: Office) -> list[str]:
    """What a run asks on page one of the report and in run.json."""
    report = office.run(*PERIOD)
    told = list(report.run["sources"]["so-giay"].get("warnings", ()))
    page = (report.folder / "doi-soat.html").read_text("utf-8")
    questions = [text for text in told if "--replaces" in text]
    assert all(text.partition(":")[0] in page for text in questions)
    return questions


def of_another_commune(here: Rows, there: Rows) -> Rows:
    return entries(there)


def of_another_month(here: Rows, there: Rows) -> Rows:
    later = {"Ngày nhận": "05/03/2024", "Ngày trả": "06/03/2024"}
    return [one | later | {"Mã hồ sơ": f"H11.20-240305-{n}"} for n, one in enumerate(entries(here))]


def a_minority_of_its_rows(here: Rows, there: Rows) -> Rows:
    return entries([*here[:2], *({**one, "Đơn vị xử lý": HERE} for one in there[:4])])


@pytest.mark.parametrize("other", [of_another_commune, of_another_month, a_minority_of_its_rows])
def test_another_file_under_the_same_name_resolves_nothing_and_asks(
    office: Office, other: Callable[[Rows, Rows], Rows]
) -> None:
    here, there = books()
    path = lay(office, other(here, there))
    assert open_dossiers(office) >= codes(here)
    assert resolved(office) == 0
    (question,) = asked(office)
    assert question.startswith("inbox/so-giay/so.xlsx: một tệp khác đã chép đè lên 6 dòng")
    found = json.loads(office.command("check", "--offline", "--json").stdout)
    (line,) = [one for one in found if "chép đè" in one["said"]]
    assert (line["well"], "--replaces" in line["to_do"]) == (False, True)
    assert "một tệp khác đã chép đè" in office.command("run", *PERIOD).stderr
    # and a person decides, there and back
    said = office.command("import", str(path), "--replaces", "--reason", "gõ lại sổ")
    assert (said.exit_code, "1 bản cũ không còn là căn cứ" in said.output) == (0, True)
    assert not codes(here) <= open_dossiers(office)
    assert asked(office) == []
    assert "1 bản cũ được giữ" in office.command("import", str(path), "--another").output
    assert open_dossiers(office) >= codes(here)
    assert asked(office) == []
    acts = [(one.act, one.object, one.reason) for one in office.house().store.audit.acts()]
    assert acts == [
        ("file.replaces", "so-giay:inbox/so-giay/so.xlsx", "gõ lại sổ"),
        ("file.another", "so-giay:inbox/so-giay/so.xlsx", ""),
    ]


def test_another_register_of_the_same_dossiers_is_another_file(office: Office) -> None:
    here, _ = books()
    births = ("Số đăng ký", "Quyển số", "Ngày đăng ký", "Đơn vị", "Họ tên người được khai sinh",
              "Ngày sinh", "Mã hồ sơ")  # fmt: skip
    rows = [
        {
            "Số đăng ký": f"{n:02}",
            "Quyển số": "01/2024",
            "Ngày đăng ký": one["Ngày tiếp nhận"],
            "Đơn vị": HERE,
            "Họ tên người được khai sinh": one["Người được đăng ký"],
            "Ngày sinh": one["Ngày sinh"],
            "Mã hồ sơ": one["Mã hồ sơ"],
        }
        for n, one in enumerate(here, 1)
    ]
    write(office.folder / "inbox/so-giay/so.xlsx", births, rows)
    assert open_dossiers(office) >= codes(here)
    assert "loại sổ khác" in asked(office)[0]


def test_the_same_rows_in_another_order_or_under_another_name_ask_nothing(office: Office) -> None:
    here, _ = books()
    lay(office, entries(here)[::-1])
    assert open_dossiers(office) == codes(here)
    (office.folder / "inbox/so-giay/so.xlsx").rename(office.folder / "inbox/so-giay/so-1.xlsx")
    assert open_dossiers(office) == codes(here)
    assert asked(office) == []


def test_a_file_that_lost_all_its_rows_is_not_read(office: Office) -> None:
    here, _ = books()
    lay(office, [])
    assert office.run(*PERIOD, code=3).run["left_open"] != {}
    assert resolved(office) == 0
    lay(office, entries(here))
    assert open_dossiers(office) == codes(here)


def test_a_corrected_mistake_still_resolves(office: Office) -> None:
    here, _ = books()
    lay(office, [one for n, one in enumerate(entries(here)) if n != 2])
    assert open_dossiers(office) == codes(here) - {str(here[2]["Mã hồ sơ"])}
    assert asked(office) == []


def test_what_was_renamed_can_be_said_to_be_replaced(office: Office) -> None:
    """The clerk gave the register another name and took a wrong row out, both at once."""
    here, _ = books()
    (office.folder / "inbox/so-giay/so.xlsx").unlink()
    path = lay(office, entries(here[:5]), "so-moi.xlsx")
    assert open_dossiers(office) == codes(here)
    said = office.command("import", str(path), "--replaces", "--old-name", "inbox/so-giay/so.xlsx")
    assert said.exit_code == 0, said.output
    assert open_dossiers(office) == codes(here[:5])


def test_the_right_file_laid_back_is_itself_again(office: Office) -> None:
    here, there = books()
    first = office.folder / "kept.xlsx"
    shutil.copy(office.folder / "inbox/so-giay/so.xlsx", first)
    lay(office, entries(there))
    office.run(*PERIOD)
    shutil.copy(first, office.folder / "inbox/so-giay/so.xlsx")
    assert open_dossiers(office) == codes([*here, *there])
    files = {file.path: file for file in office.house().store.readings.files("so-giay")}
    assert files["inbox/so-giay/so.xlsx"].units == (HERE,)
    assert [one.units for one in files.values() if one.asks] == [(THERE,)]
    # a row that is gone from it now is a correction, as before
    lay(office, [one for n, one in enumerate(entries(here)) if n != 2])
    assert open_dossiers(office) == codes([*here, *there]) - {str(here[2]["Mã hồ sơ"])}


def test_nobody_is_asked_where_every_row_stands_elsewhere(office: Office) -> None:
    here, there = books()
    folder = office.folder / "inbox/so-giay"
    (folder / "so.xlsx").rename(folder / "so-tan-ha.xlsx")
    lay(office, entries(there))
    assert open_dossiers(office) == codes([*here, *there])
    assert asked(office) == []


# Any sequence of placements

NAMES = ("a.xlsx", "b.xlsx")
BOOKS = {
    f"{unit}/{month}": [
        register_row(100 * at + 10 * month + n, unit=unit, returned_on=TODAY.replace(month=month),
                     received_on=TODAY.replace(month=month, day=1), subject=f"Mẫu {unit}{month}{n}")
        for n in range(4)
    ]
    for at, unit in enumerate(("Xã Một", "Xã Hai"))
    for month in (1, 2)
}  # fmt: skip
placements = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(sorted(BOOKS)),
        st.sets(st.integers(0, 3), min_size=1),
    ),
    max_size=8,
)
_numbers = iter(range(10**6))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(placements)
def test_no_sequence_of_files_takes_a_row_back_but_a_newer_version_of_its_own(
    store: Store, steps: list[tuple[str, str, set[int]]]
) -> None:
    source = f"so-{next(_numbers)}"
    lay: list[tuple[str, str, set[str]]] = []
    known: set[str] = set()
    withdrawn: set[str] = set()
    for turn, (name, book, chosen) in enumerate(steps):
        rows = [BOOKS[book][n] for n in sorted(chosen)]
        keys = {row.key for row in rows}
        one = snapshot(rows, source=source, file=name, content=f"{book}{sorted(chosen)}{turn}")
        store.claims.take_in(one, at=NOW, on=LATER)
        # only a file of the same name and book can be older, and only where half comes again
        for _, _, rest in (one for one in lay if one[:2] == (name, book)):
            withdrawn |= rest - keys if 2 * len(rest & keys) >= len(rest) else set()
        lay.append((name, book, keys))
        known |= keys
        withdrawn -= keys
        counts = {key for key in known if _counts(store, source, key)}
        assert known - counts <= withdrawn


def _counts(store: Store, source: str, key: str) -> bool:
    from sqlalchemy import select

    from worker.store.tables import claim, source_file

    query = (
        select(claim.c.key)
        .join(source_file, source_file.c.id == claim.c.file_id)
        .where(source_file.c.source == source, claim.c.key == key)
        .where(source_file.c.standing != FileStanding.REPLACED.value)
    )
    return store.database.read(lambda connection: connection.execute(query).first()) is not None
