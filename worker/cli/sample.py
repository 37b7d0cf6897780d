"""``sample``: the risk-limiting check of a frozen period, and what older samples found."""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from reconcile.figures.checking import Claimed
from reconcile.text.vietnamese import unit_key
from worker.cli import scopes
from worker.cli.options import Command, by_option, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    answer,
    json_option,
    number,
    percent,
    put_json,
    refusals,
    say,
    table,
)
from worker.desk import filled_sheets
from worker.desk import samples as desk
from worker.desk.refused import Refused
from worker.desk.samples import CheckNow, ClaimNow
from worker.house import House
from worker.reports import check_sheets, sampled
from worker.reports.sampled import CLAIMS
from worker.reports.sheets import sheet_name
from worker.words import COLUMNS, inner


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def sample() -> None:
    """Kiểm tra chọn mẫu: số liệu đã chốt đúng đến đâu, với rủi ro được nêu rõ.

    \b
    Thứ tự:  doisoat periods freeze 2024-Q1 --reason …
             doisoat sample plan 2024-Q1        (công bố mã băm của danh sách)
             doisoat sample seed 2024-Q1 …      (gieo 20 xúc xắc mười mặt, có người chứng kiến)
             doisoat sample show 2024-Q1 --out phieu   (in phiếu, đem đi tra sổ)
             doisoat sample import phieu/…xlsx  (nạp phiếu đã ghi)
             doisoat sample close 2024-Q1
    """


def of_unit(command: Command) -> Command:
    """``--unit``: the check of one unit; the command is told by which name it is kept."""

    @click.option("--unit", default="", metavar="ĐƠN-VỊ", help="Chỉ kiểm tra đơn vị này.")
    @functools.wraps(command)
    def named(house: House, name: str, unit: str, **asked: Any) -> Any:
        if unit and name:
            code = house.tables.units.resolve(unit, house.clock.today())
            name = desk.of_unit(name, code or unit_key(unit))
        return command(house, name=name, **asked)

    return named


risk_option = click.option(
    "--risk", default=5.0, show_default=True, metavar="%", help="Rủi ro tối đa của mỗi kết luận."
)


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@of_unit
@risk_option
@click.option(
    "--margin", default=1.0, show_default=True, metavar="ĐIỂM", help="Sai số của tỷ lệ quá hạn."
)
@click.option(
    "--moved",
    default=5.0,
    show_default=True,
    metavar="%",
    help="Trong các hồ sơ đã chuyển chỉ tiêu, sai nhiều nhất bao nhiêu; 0: không kiểm tra.",
)
@click.option(
    "--open",
    "open_",
    default=0.0,
    show_default=True,
    metavar="%",
    help="Trong các hồ sơ còn đang giải quyết, đã xong nhiều nhất bao nhiêu; 0: không kiểm tra.",
)
@by_option("Người lập kế hoạch")
def plan(
    house: House, name: str, risk: float, margin: float, moved: float, open_: float, by: str
) -> None:
    """Lập kế hoạch kiểm tra một kỳ đã chốt; in mã băm để công bố và số phiếu phải tra."""
    asked = {Claimed.LATE_RATE: margin, Claimed.MOVED: moved, Claimed.STILL_OPEN: open_}
    claims = {claimed: _part(value) for claimed, value in asked.items() if value}
    period, _, unit = name.partition("@")
    units = scopes.scope(house, named=period, units=(unit,)).units if unit else ()
    with refusals():
        now = desk.plan(
            house, name, by=by, claims=claims, risk=_part(risk), units=tuple(units or ())
        )
    say(f"Cuộc kiểm tra {now.check.name}: {number(len(now.placed))} hồ sơ đã chốt.", markup=False)
    answer(f"Mã băm SHA-256 của danh sách (công bố trước khi gieo số):\n{_hash(now)}")
    lines = table(
        "Kết luận", "Số hồ sơ", "Sai số", "Không phiếu nào trái", "Một phiếu trái",
        "Hai phiếu trái", right=(1, 2, 3, 4, 5),
    )  # fmt: skip
    for part in now.parts:
        papers = (number(count) for count in part.planned.papers)
        size = number(part.planned.size)
        lines.add_row(CLAIMS[part.planned.claimed], size, _margin(part), *papers)
    answer(lines)
    answer("Các cột sau là số phiếu phải tra nếu không, một hoặc hai phiếu trái với số liệu.")
    say(
        f"Tiếp theo: doisoat sample seed {desk.said(name)} SỐ-GIEO --witness “Họ tên”", markup=False
    )


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@of_unit
@click.argument("digits", metavar="SỐ-GIEO")
@click.option("--witness", default="", metavar="HỌ-TÊN", help="Người chứng kiến việc gieo số.")
@by_option("Người gieo số")
def seed(house: House, name: str, digits: str, witness: str, by: str) -> None:
    """Ghi số gieo (20 chữ số, gieo sau khi công bố mã băm) và rút hồ sơ theo kế hoạch."""
    with refusals():
        now = desk.throw(house, name, digits, by=by, witnesses=witness)
    say(f"Đã rút {number(len(now.drawn))} hồ sơ.", markup=False)
    say(f"In phiếu: doisoat sample show {desk.said(name)} --out phieu", markup=False)


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@of_unit
@click.option("--more", type=int, required=True, metavar="SỐ", help="Rút thêm bao nhiêu phiếu.")
@click.option(
    "--claim",
    default=Claimed.LATE_RATE.value,
    show_default=True,
    metavar="KẾT-LUẬN",
    type=click.Choice([one.value for one in Claimed]),
    help="Rút thêm cho kết luận nào.",
)
@by_option("Người rút")
def draw(house: House, name: str, more: int, claim: str, by: str) -> None:
    """Rút thêm phiếu theo cùng số gieo, khi số phiếu đầu chưa đủ kết luận."""
    with refusals():
        now = desk.draw(house, name, {Claimed(claim): more}, by=by)
    say(f"Đã rút cả thảy {number(len(now.drawn))} hồ sơ.", markup=False)
    say(
        f"In phiếu của hồ sơ chưa tra: doisoat sample show {desk.said(name)} --out phieu",
        markup=False,
    )


@sample.command("import", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("file", metavar="TỆP", type=click.Path(path_type=Path))
@click.option("--period", "name", required=True, metavar="KỲ", help="Kỳ của phiếu kiểm tra.")
@of_unit
def take_in(house: House, file: Path, name: str) -> None:
    """Nạp lại một phiếu kiểm tra đã ghi; tên hai người kiểm tra đọc trên phiếu."""
    try:
        filled = filled_sheets.read(file, house.settings)
    except Refused as refused:
        say(f"✗ {file.name}: {refused.text}", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
    for problem in filled.problems:
        say(f"✗ {problem}", markup=False)
    with refusals():
        fresh = desk.answer(house, name, filled.papers, by=filled.first, second=filled.second)
        now = desk.held(house, name)
    say(
        f"Đã đọc {number(len(filled.papers))} hồ sơ có kết quả, {number(fresh)} mới hoặc đổi; "
        f"phiếu này còn {number(filled.blank)} dòng để trống, cả cuộc kiểm tra còn "
        f"{number(len(now.unanswered))} hồ sơ chưa có kết quả.",
        markup=False,
    )
    say(f"Xem kết quả: doisoat sample show {desk.said(name)}", markup=False)
    raise click.exceptions.Exit(COULD_NOT_RUN if filled.problems else 0)


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="[KỲ]", default="")
@of_unit
@click.option(
    "--out",
    metavar="THƯ-MỤC",
    type=click.Path(path_type=Path),
    help="Ghi phiếu của hồ sơ chưa tra, danh sách chốt và biên bản để ai cũng kiểm lại được.",
)
@json_option
def show(house: House, name: str, out: Path | None, as_json: bool) -> None:
    """Cuộc kiểm tra của một kỳ đến nay; không nêu kỳ: các mẫu ngẫu nhiên đã nạp lại."""
    if not name:
        _show_answers(house, as_json)
        return
    with refusals():
        now = desk.held(house, name)
    if out is not None:
        _write(house, now, out)
    if as_json:
        put_json(desk.result(now))
        return
    _show(house, now)


@sample.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@of_unit
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao kết thúc; bắt buộc khi hủy.")
@by_option("Người kết thúc")
def close(house: House, name: str, reason: str, by: str) -> None:
    """Kết thúc cuộc kiểm tra với kết luận hiện có; báo cáo sau ghi kết luận ấy."""
    with refusals():
        now = desk.close(house, name, by=by, reason=reason)
    _show(house, now)


@sample.command(options_metavar="")
@click.argument("folder", metavar="THƯ-MỤC", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Tính lại một cuộc kiểm tra chỉ từ hai tệp đã công bố, không cần cơ sở dữ liệu."""
    with refusals():
        found = desk.verify(folder)
    for what, holds in found:
        say(f"{'✓' if holds else '✗'} {what}", markup=False)
    if not all(holds for _, holds in found):
        say("Hồ sơ kiểm tra KHÔNG khớp: có chỗ đã bị sửa.", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    say("Tính lại đúng như đã công bố.", markup=False)


def _show(house: House, now: CheckNow) -> None:
    check = now.check
    seed = f"số gieo {check.seed.digits}" if check.seed else "chưa gieo số"
    say(f"Cuộc kiểm tra {check.name}, {seed}. Mã băm: {_hash(now)}", markup=False)
    lines = table(
        "Kết luận", "Số hồ sơ", "Đã rút", "Chưa tra", "Trái", "Không thấy", "Khoảng", "",
        right=(1, 2, 3, 4, 5), whole=(6,),
    )  # fmt: skip
    for part in now.parts:
        known = part.outcome
        counts = (part.planned.size, len(part.drawn), len(part.unanswered))
        wrong = (known.too_kind + known.too_harsh, known.missing) if known else (None, None)
        told = sampled.verdict(part.planned, known) if known else "chưa đủ kết quả để kết luận"
        span = sampled.span(known) if known else "–"
        lines.add_row(CLAIMS[part.planned.claimed], *map(number, (*counts, *wrong)), span, told)
    answer(lines)
    for one in desk.contradicting(now):
        unit = house.tables.units.name(one.placed.unit) or one.placed.unit
        ours, paper = COLUMNS[one.placed.after], sampled.paper_says(one.paper, one.says)
        answer(
            f"  {one.placed.code} – {unit} – số liệu: {inner(ours)} – giấy: {paper} – "
            f"{sampled.cause(one.placed.after, one.says)}",
            markup=False,
        )


def _write(house: House, now: CheckNow, out: Path) -> None:
    """The published files, and a blind sheet a unit of what is not answered yet."""
    desk.publish(now, out)
    if now.check.seed is None:
        say(f"Đã ghi danh sách chốt vào {out}; phiếu có sau khi gieo số.", markup=False)
        return
    made = desk.sheets(house, now)
    taken: set[str] = set()
    for sheet in made:
        check_sheets.write(sheet, out / f"phieu {sheet_name(sheet.unit, taken)}.xlsx")
    say(f"Đã ghi {number(len(made))} phiếu, danh sách chốt và biên bản vào {out}", markup=False)


def _part(percent_: float) -> Fraction:
    """A percentage as an exact fraction: 5 is 1/20."""
    return Fraction(str(percent_)) / 100


def _margin(part: ClaimNow) -> str:
    value = sampled.margin(part.planned)
    return value if part.planned.claimed is Claimed.LATE_RATE else f"≤ {value}"


def _hash(now: CheckNow) -> str:
    return now.check.plan.manifest_hash


def _show_answers(house: House, as_json: bool) -> None:
    found = desk.old_samples(house)
    if as_json:
        put_json(
            [
                {
                    "seed": one.seed,
                    "checked": one.checked,
                    "wrong": one.wrong,
                    "rate": one.wrong / one.checked,
                }
                for one in found
            ]
        )
        return
    if not found:
        say("Chưa nạp lại kết quả mẫu nào: doisoat sample import TỆP", markup=False)
        return
    lines = table("Mã mẫu ngẫu nhiên", "Đã kiểm tra", "Không khớp", "Tỷ lệ sai", right=(1, 2, 3))
    for one in found:
        rate = percent(one.wrong / one.checked)
        lines.add_row(str(one.seed), number(one.checked), number(one.wrong), rate)
    answer(lines)
