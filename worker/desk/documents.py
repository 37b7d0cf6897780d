"""The documents of a run: by name, whole for whoever sees all of it, else the unit's own lists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from worker import reports
from worker.alerts.situation import page_of
from worker.desk import runs
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.reports import unit_lists
from worker.reports.contents import Contents
from worker.reports.files import NOTE, PAGE, TO_SIGN, WORKBOOK, replace
from worker.run.requests import FULL_NAMES
from worker.store import Run, RunState

#: What the files of a run are called for people, in the order in which they are looked for.
TITLES = {
    WORKBOOK: "Báo cáo đối soát (Excel)",
    TO_SIGN: "Bản trình ký (Word)",
    NOTE: "Giải trình chênh lệch số liệu (Word)",
    PAGE: "Báo cáo để xem trên máy (HTML)",
}
#: The lists of one unit, by the name that their address gives them.
LISTS = {
    "danh-sach.xlsx": "Danh sách của đơn vị (Excel, ghi kết quả rồi nạp lại)",
    "danh-sach.docx": "Danh sách của đơn vị để ký (Word)",
}
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class RunDocument:
    """One file that somebody may take along: its name in an address, and its title."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The file itself: where it lies, or its bytes, and under which name it is kept."""

    filename: str
    media: str
    content: Path | bytes


@dataclass(frozen=True, slots=True)
class UnitToSend:
    """A unit whose lists are sent to it: what stands on them."""

    unit: str
    work: int
    undecided: int


def documents(house: House, actor: Actor, run: Run) -> tuple[RunDocument, ...]:
    """What the actor may take along of a run that is done."""
    actor.need(Right.VIEW)
    if run.state is not RunState.DONE or not runs.is_seen(actor, run):
        return ()
    if not _sees_all(actor, run):
        return tuple(RunDocument(name, title) for name, title in LISTS.items())
    paths = msgspec.json.decode(run.summary).get("paths", {}) if run.summary else {}
    return tuple(RunDocument(name, title) for name, title in TITLES.items() if name in paths)


def document(house: House, actor: Actor, run_id: str, name: str) -> DocumentFile:
    """One of them. Raises Unseen for what is not the actor's, Refused for what is not kept."""
    actor.need(Right.VIEW)
    run = runs.seen(house, actor, run_id)
    if name not in {one.name for one in documents(house, actor, run)}:
        raise Unseen(name)
    ending = name.rpartition(".")[2]
    day = f"{run.scope.as_of:%d-%m-%Y}"
    if name in LISTS:
        units = [house.tables.units.name(code) for code in sorted(actor.units or ())]
        contents = _contents(house, run)
        there = [unit for unit in units if unit in unit_lists.units_with_work(contents)]
        if not there:
            raise Refused("Đơn vị không có hồ sơ nào trong danh sách của lượt này.")
        if len(there) > 1:
            return DocumentFile(f"danh-sach-{day}.zip", MEDIA["zip"], _zipped(contents, there))
        files = dict(unit_lists.drawn(contents, there[0]))
        filename = f"{unit_lists.file_name(there[0])}.{ending}"
        if filename not in files:
            raise Refused("Kỳ này chưa đọc đủ dữ liệu nên không lập văn bản trình ký.")
        return DocumentFile(f"{there[0]} {day}.{ending}", MEDIA[ending], files[filename])
    lies = folder_of(house, run.id) / name
    filename = f"{name.rpartition('.')[0]}-{day}.{ending}"
    if lies.is_file() and not house.store.audit.knows(FULL_NAMES, run.id):
        return DocumentFile(filename, MEDIA[ending], lies)
    return DocumentFile(filename, MEDIA[ending], _drawn_again(house, run, name))


def lists_of_units(
    house: House, actor: Actor, run_id: str, units: frozenset[str] | None = None
) -> DocumentFile:
    """The lists of every unit in view, each with its letterhead, in one archive. Raises Refused."""
    actor.need(Right.VIEW)
    run = runs.seen(house, actor, run_id)
    contents = _contents(house, run)
    there = _names(house, actor, contents, units)
    if not there:
        raise Refused("Không đơn vị nào có hồ sơ trong danh sách của lượt này.")
    filename = f"danh-sach-don-vi-{run.scope.as_of:%d-%m-%Y}.zip"
    return DocumentFile(filename, MEDIA["zip"], _zipped(contents, there))


def units_to_send(
    house: House, actor: Actor, run: Run, units: frozenset[str] | None = None
) -> tuple[UnitToSend, ...]:
    """The units in view that have something on a list of the run, as it counted them."""
    actor.need(Right.VIEW)
    page, wanted = page_of(house, run.id), actor.within(units)
    if page is None:
        return ()
    named = None if wanted is None else {house.tables.units.name(code) for code in wanted}
    return tuple(
        UnitToSend(row.unit, row.work or 0, row.undetermined_overdue or 0)
        for row in page.units
        if (named is None or row.unit in named) and (row.work or row.undetermined_overdue)
    )


def write_lists(house: House, actor: Actor, run_id: str, out: Path | None) -> Iterator[Path]:
    """The same as files in ``out``, or beside the report: each path once it is written."""
    actor.need(Right.VIEW)
    contents = _contents(house, runs.seen(house, actor, run_id))
    folder = out or folder_of(house, run_id) / "don-vi"
    folder.mkdir(parents=True, exist_ok=True)
    for unit in _names(house, actor, contents, None):
        for name, content in unit_lists.drawn(contents, unit):
            replace(folder / name, partial(_put, content))
            yield folder / name


def _put(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def write_again(
    house: House,
    actor: Actor,
    run_id: str,
    out: Path | None,
    formats: tuple[str, ...] = reports.FORMATS,
) -> list[Path]:
    """The files of a past run, written again from what it keeps, in its own folder or in ``out``.

    Raises Refused where nothing is kept. A person who sees some units only has ``document``.
    """
    actor.need(Right.VIEW)
    if actor.units is not None:
        raise Unseen(run_id)
    packed = house.store.runs.contents(run_id)
    if packed is None:
        raise Refused(f"Không còn giữ nội dung của lượt “{run_id}”.", "Xem: doisoat status")
    folder = out or folder_of(house, run_id)
    return [folder / name for name in reports.write(reports.unpack(packed), folder, formats)]


def folder_of(house: House, run_id: str) -> Path:
    """Where the report of a run lies."""
    return house.settings.office.data_dir / "reports" / run_id


def _names(
    house: House, actor: Actor, contents: Contents, units: frozenset[str] | None
) -> list[str]:
    """The units in view that have something on a list, as they are shown."""
    wanted = actor.within(units)
    named = None if wanted is None else {house.tables.units.name(code) for code in wanted}
    return [unit for unit in unit_lists.units_with_work(contents) if named is None or unit in named]


def _sees_all(actor: Actor, run: Run) -> bool:
    """Whether everything that the run speaks of is of the actor's units."""
    units = run.scope.units
    return actor.units is None or (units is not None and units <= actor.units)


def _contents(house: House, run: Run) -> Contents:
    packed = house.store.runs.contents(run.id)
    if packed is None:
        raise Refused("Nội dung của lượt này đã hết thời hạn lưu.", "Lấy văn bản của lượt mới hơn.")
    return reports.unpack(packed)


def _drawn_again(house: House, run: Run, name: str) -> bytes:
    """From what the run keeps: initials only, whatever was written then."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=house.settings.office.data_dir) as folder:
        ending = name.rpartition(".")[2]
        written = reports.write(_contents(house, run), Path(folder), (ending,))
        if name not in written:
            raise Refused("Kỳ này chưa đọc đủ dữ liệu nên không lập văn bản trình ký.")
        return (Path(folder) / name).read_bytes()


def _zipped(contents: Contents, units: list[str]) -> bytes:
    """The files of these units; the same lists give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for unit in units:
            for filename, content in unit_lists.drawn(contents, unit):
                archive.writestr(zipfile.ZipInfo(filename), content)
    return file.getvalue()
