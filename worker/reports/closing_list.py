"""The closing worklist in Word, in the columns of the support desks, with its three signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker import words
from worker.reports.contents import Contents
from worker.reports.dossiers import said_closing
from worker.reports.list_columns import (
    CLOSING,
    PERSON,
    PERSON_IN_FULL,
    SIGNERS,
    Group,
    capital,
    closing_groups,
    closing_notes,
    titled,
)
from worker.reports.paper import LANDSCAPE, SMALL, Cell, Head, TableRow, WordDocument
from worker.reports.sheets import SheetColumn

#: Nobody signs more lines on paper; the rest stands in the workbook, and the document says so.
MOST_LISTED = 500

#: Millimetres of the columns of CLOSING on paper whose texts may go on on a second line; they share
#: what the others leave.
_CLOSING_TEXTS = {
    "Thủ tục": 17.0,
    PERSON: 21.0,
    PERSON_IN_FULL: 30.0,
    "Trạng thái trên phần mềm": 33.0,
    "Vướng tại": 19.5,
    "Căn cứ (sổ, quyển, số, trang)": 36.0,
    "Việc cần làm": 15.0,
    "Người thực hiện": 10.0,
    "Kết quả": 8.0,
}
#: A number or a date stays on one line, and a code is never broken: its column is as wide as the
#: longest one of the list.
_NUMBER, _DATE = 8.0, 14.5
_LETTER = 1.28  # millimetres of a digit in SMALL
_CODE_WIDTHS = (14, 42)  # at least, at most


def draw(paper: WordDocument, contents: Contents, issuer: str) -> None:
    """The closing worklist in the columns of the support desks, on a page that lies on its side."""
    page, closing = contents.page, contents.tally.closing
    paper.title("DANH SÁCH HỒ SƠ ĐỀ NGHỊ KẾT THÚC TRÊN PHẦN MỀM", issuer)
    paper.text(f"{page.period}. {page.as_of}. {page.read_at}.", italic=True, align="center")
    if not closing:
        paper.text("Không có hồ sơ đề nghị kết thúc trên phần mềm.")
    else:
        paper.text(f"{capital(said_closing(contents.tally))}.", size=11, bold=True, after=2)
        for said in (*closing_notes(contents.tally), words.EVIDENCE_LEGEND):
            paper.text(said, size=10, after=1)
        beyond(paper, closing, "Danh sách kết thúc")
        found = _first([group for unit in contents.unit_work for group in closing_groups(unit)])
        paper.table(_closing_heads(contents, found), _closing_lines(found), size=SMALL, signed=True)
    paper.signatures(SIGNERS)


def _first(found: list[Group]) -> list[Group]:
    """As many dossiers as anybody signs on paper."""
    left, kept = MOST_LISTED, []
    for title, rows in found:
        if left > 0:
            kept.append((title, rows[:left]))
            left -= len(rows)
    return kept


def _closing_heads(contents: Contents, found: list[Group]) -> tuple[Head, ...]:
    columns = titled(CLOSING, full_names=contents.full_names)
    whole = {
        column.title: _whole_width(column, found)
        for column in columns
        if column.title not in _CLOSING_TEXTS
    }
    texts = [column.title for column in columns if column.title in _CLOSING_TEXTS]
    share = (LANDSCAPE - sum(whole.values())) / sum(_CLOSING_TEXTS[title] for title in texts)
    return tuple(
        Head(
            column.title,
            whole.get(column.title) or share * _CLOSING_TEXTS[column.title],
            column.align,
        )
        for column in columns
    )


def _whole_width(column: SheetColumn, found: list[Group]) -> float:
    """What a column takes that keeps each cell on one line."""
    if column.whole:
        return _code_width(column.get(row) for _, rows in found for row in rows)
    return _NUMBER if column is CLOSING[0] else _DATE


def _code_width(codes: Iterable[Cell]) -> float:
    least, most = _CODE_WIDTHS
    longest = max((len(str(code or "")) for code in codes), default=0)
    return min(max(longest * _LETTER + 3, least), most)


def _closing_lines(found: list[Group]) -> Iterator[TableRow]:
    number = 0
    for title, rows in found:
        yield TableRow((title,), wide=True)
        for row in rows:
            number += 1
            yield TableRow((number, *(column.get(row) for column in CLOSING[1:])))


def beyond(paper: WordDocument, count: int, sheet: str) -> None:
    if count > MOST_LISTED:
        paper.text(
            f"Danh sách có {words.number(count)} hồ sơ; dưới đây là {words.number(MOST_LISTED)} hồ "
            f"sơ đầu. Danh sách đầy đủ ở trang “{sheet}” của tệp doi-soat.xlsx, in và ký kèm theo.",
            bold=True,
        )
