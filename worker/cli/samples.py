"""``sample``: what somebody found in the original books, typed back from the workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from connectors import workbook
from connectors.errors import SourceGarbled
from connectors.sheets.messages import Cell, Rows, Sheet
from connectors.workbook import Limits
from worker.cli.heads import by_option, with_house
from worker.cli.speech import COULD_NOT_RUN, answer, json_option, number, percent, put_json, say
from worker.cli.speech import table as lines_of
from worker.house import House
from worker.store import SampleAnswer

SHEET = "Mẫu ngẫu nhiên"
#: What people write in the column "Khớp / Không".
_YES = frozenset({"khớp", "có", "đúng", "x", "k"})
_NO = frozenset({"không", "không khớp", "sai", "lệch"})
_SEED = re.compile(r"(?:Mã mẫu ngẫu nhiên|Số gieo): (\d+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a filled-in sample says; ``problems`` name the row that Excel shows."""

    answers: tuple[SampleAnswer, ...]
    blank: int
    problems: tuple[str, ...]


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def sample() -> None:
    """Mẫu ngẫu nhiên: nạp lại kết quả kiểm tra với sổ gốc, xem tỷ lệ sai."""


@sample.command("import", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("file", metavar="TỆP", type=click.Path(path_type=Path))
@by_option("Người kiểm tra")
def take_in(house: House, file: Path, by: str) -> None:
    """Nạp lại doi-soat.xlsx đã ghi “Khớp” hoặc “Không” ở trang “Mẫu ngẫu nhiên”.

    Chỉ giữ khớp hay không, ai kiểm tra, lúc nào; không giữ nội dung cột “Sổ gốc ghi”.
    """
    try:
        reading = _read(house, file, by)
    except SourceGarbled as error:
        say(f"✗ {file.name}: {error}", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
    for problem in reading.problems:
        say(f"✗ {problem}", markup=False)
    fresh = house.store.papers.answer_sample(reading.answers)
    wrong = sum(not one.matches for one in reading.answers)
    say(
        f"Đã đọc {number(len(reading.answers))} dòng có kết quả ({number(wrong)} không khớp), "
        f"{number(fresh)} dòng mới hoặc đổi; {number(reading.blank)} dòng còn để trống.",
        markup=False,
    )
    say("Tỷ lệ sai được ghi ở trang đầu của báo cáo lần sau: doisoat run", markup=False)
    raise click.exceptions.Exit(COULD_NOT_RUN if reading.problems else 0)


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def show(house: House, as_json: bool) -> None:
    """Kết quả các mẫu đã nạp lại, theo mã mẫu."""
    by_seed: dict[int, list[SampleAnswer]] = {}
    for one in house.store.papers.sample_answers():
        by_seed.setdefault(one.seed, []).append(one)
    found = [
        (seed, len(answers), sum(not one.matches for one in answers))
        for seed, answers in sorted(by_seed.items())
    ]
    if as_json:
        put_json(
            [
                {"seed": seed, "checked": checked, "wrong": wrong, "rate": wrong / checked}
                for seed, checked, wrong in found
            ]
        )
        return
    if not found:
        say("Chưa nạp lại kết quả mẫu nào: doisoat sample import TỆP", markup=False)
        return
    lines = lines_of("Mã mẫu", "Đã kiểm tra", "Không khớp", "Tỷ lệ sai", right=(1, 2, 3))
    for seed, checked, wrong in found:
        lines.add_row(str(seed), number(checked), number(wrong), percent(wrong / checked))
    answer(lines)


def _read(house: House, file: Path, by: str) -> Reading:
    """The answers of the sheet; raises SourceGarbled where there is no such sheet or table."""
    intake = house.settings.intake
    limits = Limits(file_megabytes=intake.max_file_mb, unpacked_megabytes=intake.max_unpacked_mb)
    with workbook.opened(file, limits) as content:
        rows = list(_rows(workbook.read(content, workbook.digest(content), limits, sheet=SHEET)))
    seed = next((int(hit[1]) for _, row in rows for hit in [_SEED.search(_joined(row))] if hit), 0)
    header = next((row for _, row in rows if "STT" in row and "Khớp / Không" in row), None)
    if not seed or header is None:
        raise SourceGarbled(
            "không thấy mã mẫu ngẫu nhiên hoặc dòng tiêu đề của mẫu; đừng sửa chúng"
        )
    at = {str(name): place for place, name in enumerate(header) if name}
    key = next((place for name, place in at.items() if name.startswith("Khóa dòng")), None)
    if key is None:
        raise SourceGarbled("không thấy cột “Khóa dòng”; đừng xóa cột này")
    return _answers(house, rows, at, key, seed, by)


def _answers(
    house: House,
    rows: Sequence[tuple[int, list[Cell]]],
    at: dict[str, int],
    key: int,
    seed: int,
    by: str,
) -> Reading:
    found, problems, blank = [], [], 0
    now = house.clock.now()
    for place, row in rows:
        name = _cell(row, key)
        if "#" not in name:
            continue
        said = " ".join(_cell(row, at["Khớp / Không"]).casefold().split())
        if not said:
            blank += 1
        elif said not in _YES and said not in _NO:
            problems.append(
                f"{SHEET}, dòng {place}, cột “Khớp / Không”: không hiểu; viết Khớp hoặc Không"
            )
        else:
            unit, method = _cell(row, at.get("Đơn vị")), _cell(row, at.get("Cách ghép"))
            who = _cell(row, at.get("Người kiểm tra ký")) or by
            found.append(SampleAnswer(seed, name, unit, method, said in _YES, who, now))
    return Reading(tuple(found), blank, tuple(problems))


def _rows(messages: Iterator[object]) -> Iterator[tuple[int, list[Cell]]]:
    here = False
    for message in messages:
        if isinstance(message, Sheet):
            here = message.name == SHEET
        elif isinstance(message, Rows) and here:
            yield from message.rows


def _joined(row: Sequence[Cell]) -> str:
    return " ".join(str(cell) for cell in row if cell)


def _cell(row: Sequence[Cell], place: int | None) -> str:
    value = row[place] if place is not None and place < len(row) else None
    return "" if value is None else str(value).strip()
