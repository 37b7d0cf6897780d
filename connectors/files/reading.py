"""One file as it comes out of the child process, gathered into its snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from types import MappingProxyType

from config.office_tables import Tables
from config.sources import FileSource
from connectors.errors import SourceGarbled
from connectors.files import headers, table_titles
from connectors.files.entries import Records
from connectors.files.header_words import LABELS
from connectors.files.headers import Header, Merge, Needed, Row
from connectors.files.learned import Heading, headings, with_headings
from connectors.files.preview import Notes
from connectors.files.sheet_rows import Entry, HeaderedTable, LeftOut, SheetRows
from connectors.sheets.messages import Cell, FileHead, Message, Rows, Sheet
from reconcile.claims import Snapshot
from reconcile.text import codes

PEOPLE = frozenset({"own_code", "national_code", "subject"})  # what makes a table a list
LEAST_CELLS = 2  # more cells than this in a row may be a list
MANY = 10  # ranges or names that one warning lists
EXTENSIONS = {
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "html": (".html", ".htm"),
    "xml2003": (".xml",),
    "csv": (".csv", ".txt", ".tsv"),
}
CONTENTS = {
    "xlsx": "Excel (.xlsx)",
    "xls": "Excel 97-2003 (.xls)",
    "html": "trang web (HTML)",
    "xml2003": "XML Spreadsheet 2003",
    "csv": "văn bản CSV",
}


class Reading:
    """Reads the messages of one file, then gives the snapshot."""

    def __init__(
        self,
        source: FileSource,
        tables: Tables,
        file: str,
        needed: Needed,
        closes_on_14th: bool,
        learned: tuple[Heading, ...] = (),
        typed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.source = source
        self.file = file
        self.needed = needed
        self.closes_on_14th = closes_on_14th
        self.learned = learned
        self.records = Records(source, tables, file, typed)
        self.notes = Notes()
        self.periods: list[table_titles.DayWindow] = []
        self.unknown: dict[str, None] = {}
        self.warnings: list[str] = []
        self.found = False  # some table has all it needs
        self.looks_like_a_list = False  # rows of several cells, or a dossier's code
        self.lacking: list[tuple[int, bool, str]] = []  # columns understood, is data, the message

    def read(self, messages: Iterable[Message]) -> None:
        """All that the child tells of the file."""
        for sheet, group in groupby(messages, _sheet_of()):
            if sheet is None:
                for message in group:
                    if isinstance(message, FileHead):
                        self._head(message)
            else:
                self._sheet(sheet, (one for one in group if isinstance(one, Rows)))
        self.records.close()
        self._warn_of_swapped()

    def _head(self, head: FileHead) -> None:
        self.records.date1904 = head.date1904
        self.notes.format, self.notes.encoding = head.format, head.encoding
        self._check_name(head.format)

    def _sheet(self, sheet: Sheet, batches: Iterable[Rows]) -> None:
        self._warn_of_hidden(sheet)
        rows = SheetRows(sheet, partial(self._find, sheet), self.needed)
        for part in rows.parts(map(self._noted, batches)):
            match part:
                case Entry():
                    self.records.add(part)
                case LeftOut():
                    self.records.left_out(part)
                case HeaderedTable():
                    self._begin(part)
        if rows.table is None and rows.seen:
            self.warnings.append(
                f"Trang tính «{sheet.name}» không có dòng tiêu đề nhận ra được, bỏ qua."
            )

    def _noted(self, batch: Rows) -> Rows:
        """The same rows, once it is noted what a person may want to know of them."""
        if batch.fonts:
            fonts = {(row, column): font for row, column, font in batch.fonts}
            self.notes.fonts.update(fonts.values())
        if not (self.found or self.looks_like_a_list):
            self.looks_like_a_list = any(_may_be_listed(cells) for _, cells in batch.rows)
        return batch

    def snapshot(self, sha256: str) -> Snapshot:
        """Everything that was read; raises SourceGarbled when no table was understood."""
        if not self.found:
            stray = not self.lacking and not self.looks_like_a_list
            raise SourceGarbled(self._no_table(), "header", no_table=stray)
        # A list of dossiers that lacks a column was not read: the file is not read in full.
        problem = next((text for _, is_data, text in self.lacking if is_data), "")
        window = _window(self.periods)
        records = self.records
        if records.repeated:
            self.warnings.append(
                f"{records.repeated} dòng lặp lại mã hồ sơ đã có trong tệp; dùng dòng sau cùng."
            )
        return Snapshot(
            source=self.source.name,
            role=self.source.role,
            file=self.file,
            sha256=sha256,
            rows=records.rows,
            covers_from=window.start if window else None,
            covers_to=window.end if window else None,
            complete=not problem,
            problem=problem,
            claims=() if problem else records.claims,
            rejected=tuple(records.rejected),
            unknown_columns=tuple(self.unknown),
            warnings=tuple(self.warnings),
        )

    def _find(self, sheet: Sheet, rows: Sequence[Row], is_first: bool) -> Header | None:
        """The header among these rows, by the words that hold for the unit they are of."""
        find = partial(self._header, rows, sheet.merges, is_first)
        if not self.learned:
            return find(self.source.headings)
        header = find(with_headings(self.source.headings, headings(self.learned, frozenset())))
        above = [cells for number, cells in rows if header is None or number < header.first_row]
        titles = [cell for cells in above for cell in cells if isinstance(cell, str)]
        units = self.records.units_of([*titles, sheet.name])
        if not units:
            return header
        return find(with_headings(self.source.headings, headings(self.learned, units)))

    def _header(
        self,
        rows: Sequence[Row],
        merges: Sequence[Merge],
        is_first: bool,
        overrides: Mapping[str, Sequence[str]],
    ) -> Header | None:
        at = self.source.header_row if is_first else None
        return headers.find(rows, self.records.is_register, merges, overrides, at)

    def _begin(self, table: HeaderedTable) -> None:
        """A table begins; it is read only when it has the columns it needs."""
        self.notes.tables.append((table, self.records.rows))
        if table.lacking:
            self._lacks(table)
            return
        self.found = True
        self.unknown |= dict.fromkeys(table.header.unknown)
        period = table_titles.period(list(table.titles), self.closes_on_14th)
        if period is not None and period not in self.periods:
            self.periods.append(period)
        self.records.begin(table)

    def _lacks(self, table: HeaderedTable) -> None:
        """A list that lacks a column, or a table of another kind, such as a summary."""
        header = table.header
        is_data = len(header.index) > 2 and bool(header.fields & PEOPLE)
        wanted = "; ".join(
            " hoặc ".join(LABELS[name] for name in choice) for choice in table.lacking
        )
        unknown = ", ".join(f"«{label}»" for label in header.unknown[:MANY])
        text = f"Trang tính «{table.sheet}» thiếu cột {wanted}."
        if unknown:
            text += f" Cột chưa hiểu: {unknown}."
        text += (
            " Nếu cột mang tên khác, nạp tệp với --column (xem trước: --dry-run) hoặc khai ở khóa "
            "columns; nếu không cần trang này, đặt sheet."
        )
        self.lacking.append((len(header.index), is_data, text))
        if not is_data:
            self.warnings.append(f"Trang tính «{table.sheet}» không phải bảng hồ sơ, bỏ qua.")

    def _no_table(self) -> str:
        if self.lacking:
            return max(self.lacking)[2]
        wanted = "; ".join(" hoặc ".join(LABELS[name] for name in one) for one in self.needed)
        return f"Không tìm thấy dòng tiêu đề của bảng; cần có cột {wanted}."

    def _warn_of_swapped(self) -> None:
        for label in self.records.swapped:
            self.warnings.append(
                f"Cột «{label}» có ngày có thể bị Excel đảo ngày và tháng; các ngày đó không dùng."
            )

    def _check_name(self, content: str) -> None:
        if not self.file.casefold().endswith(EXTENSIONS[content]):
            self.warnings.append(f"Nội dung tệp là {CONTENTS[content]}, khác với đuôi tên tệp.")

    def _warn_of_hidden(self, sheet: Sheet) -> None:
        if sheet.hidden:
            self.warnings.append(f"Trang tính «{sheet.name}» bị ẩn, vẫn được đọc.")
        if sheet.hidden_rows:
            count = sum(last - first + 1 for first, last in sheet.hidden_rows)
            self.warnings.append(
                f"Trang tính «{sheet.name}» có {count} dòng ẩn ({_ranges(sheet.hidden_rows)}), "
                "vẫn được đọc."
            )
        if sheet.uncalculated:
            self.warnings.append(
                f"Trang tính «{sheet.name}» có {sheet.uncalculated} ô công thức chưa có giá trị; "
                "hãy mở bằng Excel và lưu lại."
            )


def _sheet_of() -> Callable[[Message], Sheet | None]:
    """The sheet to which each message belongs, asked of all messages in order."""
    sheet: Sheet | None = None

    def of(message: Message) -> Sheet | None:
        nonlocal sheet
        if isinstance(message, Sheet):
            sheet = message
        return sheet

    return of


def _may_be_listed(cells: Sequence[Cell]) -> bool:
    """A row of a list, understood or not; a note has its words in one cell or two."""
    filled = [str(cell) for cell in cells if cell is not None and str(cell).strip()]
    return len(filled) > LEAST_CELLS or any(map(codes.in_text, filled))


def _ranges(ranges: Sequence[tuple[int, int]]) -> str:
    shown = [f"{a}" if a == b else f"{a}-{b}" for a, b in ranges[:MANY]]
    return ", ".join(shown) + (", …" if len(ranges) > MANY else "")


def _window(periods: Sequence[table_titles.DayWindow]) -> table_titles.DayWindow | None:
    """The window that all titles announce together; none where they leave a gap."""
    if not periods:
        return None
    ordered = sorted(periods, key=lambda one: (one.start or one.end, one.end))
    window = ordered[0]
    for period in ordered[1:]:
        if period.start is None or period.start > window.end + timedelta(days=1):
            return None
        window = table_titles.DayWindow(window.start, max(window.end, period.end))
    return window
