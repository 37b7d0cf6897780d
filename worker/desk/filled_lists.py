"""A worklist that comes back filled in: what each row asks for, shown before it is done.

It may be the list of a console page or a sheet of the report: whatever has the code of a dossier
and one of the columns in which people write.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from io import FileIO
from pathlib import Path

import msgspec

from connectors import cells
from connectors.errors import SourceError
from connectors.files import workbook
from connectors.files.workbook import Limits
from connectors.sheets.messages import Cell, Rows, Sheet
from reconcile.lifecycle import State
from reconcile.steps import Pile
from worker.desk import acts, worklist
from worker.desk.actor import Actor, Right
from worker.desk.acts import PlannedAct
from worker.desk.naming import slug
from worker.desk.refused import Refused
from worker.desk.worklist import DossierFilter, ListedDossier
from worker.house import House
from worker.reports import fill_in
from worker.reports.list_columns import CODE, PLACE
from worker.run.keeping import code_key
from worker.store.ticks import Batch
from worker.words import day

RESULT, WHO, DONE = "Kết quả", "Người thực hiện", "Xong"
#: What is set aside by a list is looked at again after so many days.
ASIDE = timedelta(days=30)
_HOW = "ghi một trong: đã làm · đang làm · không thuộc đơn vị · đã báo kỹ thuật, phiếu số …"
_TICKS = frozenset({"☑", "☒", "✓", "✔", "x", "X", "v", "V"})
_DONE = frozenset(
    {
        *("xong", "da-xong", "da-lam", "hoan-thanh", "da-hoan-thanh", "da-ket-thuc"),
        *("da-xac-nhan-tra", "da-xac-nhan", "da-nhap", "da-nhap-phan-mem", "da-tra-so"),
        *("da-gui-lai", "da-giai-quyet", "da-giai-trinh", "da-sua", "da-ghi-bo-sung"),
    }
)
_DOING = frozenset({"dang-lam", "dang-xu-ly", "nhan-viec", "da-nhan", "da-nhan-viec"})
_TICKET = re.compile(r"b[aá]o\s+k[yỹ]\s+thu[aậ]t.*?(?:số|so)?[\s:]*([\w/.-]+)\s*$", re.I)


class LineAct(StrEnum):
    """What a row asks for."""

    TICK = "tick"
    TAKE_ON = "take_on"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class FilledLine:
    """A row that somebody filled in, as Excel names its place."""

    sheet: str
    row: int
    code: str
    place: str
    asked: LineAct
    why: str  # the reason of what is set aside, or who does the work


@dataclass(frozen=True, slots=True)
class FilledList:
    """What a file asks for; ``problems`` name sheet, row and column."""

    lines: tuple[FilledLine, ...]
    problems: tuple[str, ...]
    blank: int


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What a row would do, in words; ``changes``: False where all is so already."""

    line: FilledLine
    effect: str
    changes: bool


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What the whole list would do."""

    file: str
    sha256: str
    effects: tuple[LineEffect, ...]
    problems: tuple[str, ...]
    blank: int
    act: PlannedAct
    before: Batch | None = None  # the same file was taken in by this batch

    @property
    def changes(self) -> int:
        return sum(one.changes for one in self.effects)


def plan(house: House, actor: Actor, file: Path, name: str = "") -> ListPlan:
    """What each row of the file would do; nothing is written. Raises Refused where it is no list
    of ours or cannot be read."""
    actor.need(Right.WORK)
    named = name or file.name
    try:
        filled, sha256 = _read(house, file)
    except SourceError as error:
        raise Refused(f"Không đọc được tệp {named}: {error}") from None
    return _weighed(house, actor, filled, named, sha256)


class _Packed(msgspec.Struct, frozen=True):
    filled: FilledList
    name: str
    sha256: str


def packed(planned: ListPlan) -> str:
    """What a list asks for, to be kept by a page until somebody says yes."""
    lines = tuple(one.line for one in planned.effects)
    kept = _Packed(FilledList(lines, (), planned.blank), planned.file, planned.sha256)
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode()


def again(house: House, actor: Actor, text: str) -> ListPlan:
    """The plan of what was packed, as the dossiers stand now. Raises Refused."""
    try:
        kept = msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Packed)
    except (ValueError, msgspec.MsgspecError):
        raise Refused("Danh sách này đã cũ.", "Nạp lại tệp.") from None
    return _weighed(house, actor, kept.filled, kept.name, kept.sha256)


def _weighed(house: House, actor: Actor, filled: FilledList, named: str, sha256: str) -> ListPlan:
    actor.need(Right.WORK)
    found = _dossiers(house, actor, filled.lines)
    effects: list[LineEffect] = []
    problems = list(filled.problems)
    act = PlannedAct(f"Danh sách {named}")
    seen: set[str] = set()
    for line in filled.lines:
        listed = found.get(code_key(line.code) if line.code else line.place)
        at = f"trang “{line.sheet}”, dòng {line.row}"
        if listed is None:
            problems.append(
                f"{at}, cột “{CODE.title}”: hồ sơ {line.code or line.place} không có trong các hồ "
                "sơ chưa khớp của đơn vị bạn"
            )
        elif listed.lead.id in seen:
            problems.append(f"{at}: hồ sơ {line.code or line.place} đã có ở dòng trên")
        else:
            seen.add(listed.lead.id)
            step, effect = _effect(house, actor, line, listed)
            changes = bool(step.steps or step.ticks)
            effects.append(LineEffect(line, effect, changes))
            act = act + step
    before = house.store.batches.of_file(sha256)
    told = tuple(f"{named}, {one}" for one in problems)
    return ListPlan(named, sha256, tuple(effects), told, filled.blank, act, before)


def take_in(house: House, actor: Actor, planned: ListPlan) -> Batch:
    """Do what the list asks for, in one transaction. Raises Refused where it was done before, and
    where nothing is left to do."""
    if planned.before is not None:
        raise Refused(
            f"Danh sách này đã nạp: {planned.before.what}.",
            f"Muốn nạp lại thì hoàn tác lượt {planned.before.id} trước.",
        )
    if not planned.changes:
        raise Refused("Danh sách này không có gì mới để ghi.")
    return acts.do(house, actor, planned.act, file=planned.file, sha256=planned.sha256)


def _effect(
    house: House, actor: Actor, line: FilledLine, listed: ListedDossier
) -> tuple[PlannedAct, str]:
    every = [one for one in (listed.lead, *listed.others) if one.state is not State.RESOLVED]
    if line.asked is LineAct.TICK:
        if listed.ticked_by:
            return PlannedAct(""), f"đã đánh dấu từ trước ({listed.ticked_by})"
        planned = acts.plan_ticks(house, actor, [listed])
        said = "đánh dấu đã làm" if planned.ticks else "không phải việc của đơn vị lúc này: bỏ qua"
        return planned, said
    if line.asked is LineAct.ASIDE:
        until = house.clock.today() + ASIDE
        planned = acts.plan(house, actor, "", acts.set_aside(until, line.why), every)
        said = f"tạm gác đến {day(until)}: {line.why}"
    else:
        planned = acts.plan(house, actor, "", acts.take_on(line.why), every)
        said = "nhận việc" + (f" ({line.why})" if line.why else "")
    return planned, said if planned.steps else "đã ghi từ trước"


def _dossiers(house: House, actor: Actor, lines: Sequence[FilledLine]) -> dict[str, ListedDossier]:
    """The unsettled dossier of each line, by its comparable code, else by its place."""
    keys = {code_key(line.code) for line in lines if line.code}
    bearing = house.store.findings.bearing_each(keys)
    ids = [one for found in bearing.values() for one in found]
    found: dict[str, ListedDossier] = {}
    for listed in worklist.lines_of(house, actor, ids):
        if listed.pile is Pile.SETTLED:
            continue
        own = {listed.lead.id, *(one.id for one in listed.others)}
        found |= {key: listed for key, some in bearing.items() if own & set(some)}
    if any(not line.code for line in lines):
        loose = DossierFilter(piles=(Pile.ENTER, Pile.BOOKS))
        for listed in worklist.whole(house, actor, loose):
            if listed.known and not listed.known.row.code:
                found[listed.known.row.place] = listed
    return found


# --- Reading the file ------------------------------------------------------------------------


def _read(house: House, file: Path) -> tuple[FilledList, str]:
    intake = house.settings.intake
    limits = Limits(file_megabytes=intake.max_file_mb, unpacked_megabytes=intake.max_unpacked_mb)
    with workbook.opened(file, limits) as content:
        return _filled(content, limits)


def _filled(content: FileIO, limits: Limits) -> tuple[FilledList, str]:
    sha256 = workbook.digest(content)
    lines: list[FilledLine] = []
    problems: list[str] = []
    blank = headers = 0
    sheet, columns = "", dict[str, int]()
    for message in workbook.read(content, sha256, limits):
        if isinstance(message, Sheet):
            sheet, columns = message.name, {}
        elif isinstance(message, Rows):
            for number, row in message.rows:
                texts = [cells.text(one) for one in row]
                if CODE.title in texts and {RESULT, WHO, DONE} & set(texts):
                    columns = {name: place for place, name in enumerate(texts) if name}
                    headers += 1
                elif columns and (told := _line(sheet, number, columns, row)) is not None:
                    blank += told == ""
                    if isinstance(told, FilledLine):
                        lines.append(told)
                    elif told:
                        problems.append(told)
    if not headers:
        raise Refused(
            f"Tệp này không có danh sách việc: không thấy dòng tiêu đề có cột “{CODE.title}” và "
            f"“{RESULT}”.",
            "Dùng đúng tệp Excel đã tải từ trang này hoặc doi-soat.xlsx; đừng sửa dòng tiêu đề.",
        )
    return FilledList(tuple(lines), tuple(problems), blank), sha256


def _line(
    sheet: str, number: int, columns: dict[str, int], row: Sequence[Cell]
) -> FilledLine | str | None:
    """What the row asks for, what is wrong with it, "" where it is left blank; None: no row."""

    def cell(name: str) -> str:
        at = columns.get(name)
        return cells.text(row[at]) if at is not None and at < len(row) else ""

    code, place = cell(CODE.title), cell(PLACE.title)
    if not (code or place) or not cell("STT").isdigit():
        return None
    result, who, tick = cell(RESULT), cell(WHO), cell(DONE)
    asked, why = _asked(result, who, tick)
    if asked is None and (result or tick not in ("", "☐")):
        column, said = (RESULT, result) if result else (DONE, tick)
        return f"trang “{sheet}”, dòng {number}, cột “{column}”: “{said}” chưa hiểu; {_HOW}"
    return FilledLine(sheet, number, code, place, asked, why) if asked else ""


def _asked(result: str, who: str, tick: str) -> tuple[LineAct | None, str]:
    folded = slug(result)
    by = f"người thực hiện: {who}" if who else ""
    if folded in _DONE or (not folded and tick in _TICKS):
        return LineAct.TICK, by
    if folded.startswith("khong-thuoc-don-vi"):
        return LineAct.ASIDE, acts.NOT_OURS
    if ticket := _TICKET.search(result):
        return LineAct.ASIDE, acts.why_aside(not_ours=False, ticket=ticket[1], reason="")
    if folded in _DOING or (not folded and who):
        return LineAct.TAKE_ON, by
    return None, ""


def spoken(blank: int, effects: Iterable[LineEffect]) -> Iterator[str]:
    """How many rows would do what, and how many were left blank."""
    counted: dict[str, int] = {}
    for one in effects:
        said = one.effect.partition(" (")[0].partition(":")[0]
        counted[said] = counted.get(said, 0) + 1
    yield from (f"{count} hồ sơ: {said}" for said, count in counted.items())
    if blank:
        yield f"{blank} dòng để trống, không đổi gì"


def write(
    house: House, actor: Actor, wanted: DossierFilter, to: Path, *, title: str, place: str
) -> int:
    """Write a list of dossiers to be filled in; how many lines it has."""
    rows = [
        one.known.row
        for one in worklist.whole(house, actor, wanted, by_book=True)
        if one.known is not None
    ]
    notes = (f"Ghi cột “{RESULT}”: {_HOW}. Nạp lại tệp này ở trang Hồ sơ chưa khớp.",)
    fill_in.write(to, title=title, unit=place, notes=notes, rows=rows)
    return len(rows)
