"""P10: the workbook of 100,000 findings, against XlsxWriter writing the same cells.

``python -m bench.workbook make FOLDER`` puts the contents of an invented run and every cell of its
workbook into a folder; ``ours`` draws the workbook from the contents, ``plain`` hands the very
same cells to XlsxWriter in constant-memory mode. Each is a process of its own.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from bench.memory import Usage, run_measured
from bench.report import Section, number, table
from worker.reports.quick_rows import LinesWorksheet

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parent.parent
FINDINGS = 100_000
UNITS = 40
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
#: Excel counts days from here.
_ZERO = date(1899, 12, 30)
#: A cell: column, format, its text or number, its day (or nothing).
Cell = tuple[int, int, str | float | None, int | None]
#: A row as it was written: sheet, row, cells.
Line = tuple[int, int, list[Cell]]


def make(folder: Path, units: int = UNITS, findings: int = FINDINGS) -> None:
    """Contents and cells, made once."""
    from tests.worker.reports_sample import sample_facts
    from worker.reports import build, pack

    folder.mkdir(parents=True, exist_ok=True)
    names = {f"X{n:03}": f"UBND xã Số {n}" for n in range(units)}
    contents = build(sample_facts(findings, units=names))
    (folder / "contents").write_bytes(pack(contents))
    _record(contents, folder / "cells")


def _record(contents: Any, path: Path) -> None:
    """Draw the workbook once and keep what was written where, by sheet."""
    from worker.reports.draw_xlsx import draw

    encoder = msgspec.msgpack.Encoder()
    names: list[str] = []
    here: tuple[int, int] = (-1, -1)
    cells: list[Cell] = []
    with path.open("wb") as file:

        def flush() -> None:
            packed = encoder.encode((*here, cells))
            file.write(len(packed).to_bytes(4, "little") + packed)
            cells.clear()

        def keep(page: Worksheet, row: int, cell: Cell) -> None:
            nonlocal here
            if not names or names[-1] != page.name:
                names.append(page.name)
            if cells and here != (len(names) - 1, row):
                flush()
            here = (len(names) - 1, row)
            cells.append(cell)

        with _overheard(keep), (path.parent / "recorded.xlsx").open("w+b") as drawn:
            draw(contents, drawn)
        flush()
    (path.parent / "sheets").write_bytes(encoder.encode(names))


class _overheard:  # noqa: N801 - reads as a word in a with statement
    """Tells of every cell that any worksheet writes meanwhile."""

    NAMES = ("write_string", "write_number", "write_blank", "write_datetime")

    def __init__(self, told: Callable[[Worksheet, int, Cell], None]) -> None:
        self.told = told
        self.before = {name: getattr(Worksheet, name) for name in self.NAMES}
        self.line = LinesWorksheet.write_line

    def __enter__(self) -> None:
        for name, original in self.before.items():
            setattr(Worksheet, name, self._heard(original))
        LinesWorksheet.write_line = cell_by_cell  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        LinesWorksheet.write_line = self.line  # type: ignore[method-assign]
        for name, original in self.before.items():
            setattr(Worksheet, name, original)

    def _heard(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def write(page: Worksheet, row: int, column: int, value: Any, style: Any = None) -> Any:
            day = (value - _ZERO).days if isinstance(value, date) else None
            shown = None if day is not None else value
            self.told(page, row, (column, id(style) // 64 % 7 if style else 0, shown, day))
            return original(page, row, column, value, style)

        return write


def cell_by_cell(
    page: Worksheet, row: int, _points: float, cells: Sequence[Any], styles: Sequence[Any]
) -> None:
    """A line as the calls that XlsxWriter itself would take, so that each cell is heard."""
    for column, (value, style) in enumerate(zip(cells, styles, strict=False)):
        if value is None or value == "":
            page.write_blank(row, column, None, style)
        elif isinstance(value, str):
            page.write_string(row, column, value, style)
        elif isinstance(value, date):
            page.write_datetime(row, column, value, style)
        else:
            page.write_number(row, column, value, style)


def ours(folder: Path) -> None:
    from worker.reports import unpack
    from worker.reports.draw_xlsx import draw

    contents = unpack((folder / "contents").read_bytes())
    with (folder / "ours.xlsx").open("w+b") as file:
        draw(contents, file)


def plain(folder: Path) -> None:
    """The same cells, straight into XlsxWriter: seven formats, no heights, no filters."""
    names = msgspec.msgpack.decode((folder / "sheets").read_bytes(), type=list[str])
    book = xlsxwriter.Workbook(str(folder / "plain.xlsx"), OPTIONS)
    text = {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@", "font_size": 10}
    formats = [book.add_format({**text, "indent": n}) for n in range(7)]
    days = book.add_format({"border": 1, "num_format": "dd/mm/yyyy"})
    numbers = book.add_format({"border": 1})
    pages = [book.add_worksheet(name) for name in names]
    for sheet, row, cells in _lines(folder / "cells"):
        page = pages[sheet]
        for column, style, value, day in cells:
            if day is not None:
                page.write_datetime(row, column, _ZERO + timedelta(days=day), days)
            elif value is None:
                page.write_blank(row, column, None, formats[style])
            elif isinstance(value, str):
                page.write_string(row, column, value, formats[style])
            else:
                page.write_number(row, column, value, numbers)
    book.close()


def _lines(path: Path) -> Iterator[Line]:
    decoder = msgspec.msgpack.Decoder(Line)
    with path.open("rb") as file:
        while size := file.read(4):
            yield decoder.decode(file.read(int.from_bytes(size, "little")))


def _run(what: str, folder: Path) -> Usage:
    command = [sys.executable, "-m", "bench.workbook", what, str(folder)]
    usage = run_measured(command, cwd=ROOT)
    if usage.exit_code:
        raise SystemExit(usage.stderr[-4000:])
    return usage


def measure(rounds: int) -> list[str]:
    """Interleaved rounds of both; the ratio is that of the medians."""
    folder = OUT / "workbook"
    if not (folder / "sheets").exists():
        _run("make", folder)
    found: dict[str, list[Usage]] = {"ours": [], "plain": []}
    for number_of_round in range(rounds):
        order = list(found) if number_of_round % 2 else list(reversed(found))
        for what in order:
            found[what].append(_run(what, folder))
    seconds = {
        what: statistics.median(usage.seconds for usage in usages) for what, usages in found.items()
    }
    peaks = {what: max(usage.peak_mib for usage in usages) for what, usages in found.items()}
    return [
        f"{UNITS} units, {rounds} rounds",
        _spread(found["ours"]),
        _spread(found["plain"]),
        number(seconds["ours"] / seconds["plain"], 2),
        number(peaks["ours"], 0),
        number(peaks["plain"], 0),
    ]


def _spread(usages: list[Usage]) -> str:
    seconds = sorted(usage.seconds for usage in usages)
    return f"{number(statistics.median(seconds), 1)} ({seconds[0]:.1f}-{seconds[-1]:.1f})"


def section(rounds: int) -> Section:
    rows = [measure(rounds)]
    lines = [
        f"{FINDINGS:,} findings drawn from the kept contents of a run, every sheet of it; the peer"
        " gets the same cells and needs no heights, filters or charts. To reach: 1.3, 300 MiB.",
        "",
        *table(["workbook", "ours, s", "XlsxWriter, s", "ratio", "ours, MiB", "its, MiB"], rows),
    ]
    return Section("workbook", "P10: a workbook of 100,000 findings", lines)


def main() -> None:
    what, folder = sys.argv[1:]
    {"make": make, "ours": ours, "plain": plain}[what](Path(folder))


if __name__ == "__main__":
    main()
