"""``periods``: freeze the figures of a period, correct them by number, see what differs."""

from __future__ import annotations

import click

from reconcile.figures.frozen import Difference, tables
from worker.cli import scopes
from worker.cli.options import actor, by_option, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    answer,
    console,
    day,
    json_option,
    number,
    put_json,
    refusals,
    say,
    table,
)
from worker.desk import periods as desk
from worker.desk.actor import Actor, at_the_shell
from worker.desk.periods import Frozen, Kept
from worker.house import House
from worker.reports.figures import form_row
from worker.reports.freezes import CAUSES, title
from worker.words import COLUMNS

#: Dossiers that a screen shows; the workbook has them all.
SHOWN = 30


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def periods() -> None:
    """Kỳ báo cáo: chốt số liệu, lập đính chính có số, xem hồ sơ nào làm số liệu khác đi."""


@periods.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def show_all(house: House, as_json: bool) -> None:
    """Các kỳ đã chốt và các đính chính."""
    versions = desk.every_version(house, _reader())
    if as_json:
        put_json([_as_json(one) for one in versions])
        return
    if not versions:
        say(
            "Chưa chốt kỳ nào. Chốt một kỳ: doisoat periods freeze 2024-Q1 --reason …", markup=False
        )
        return
    lines = table("Kỳ", "Từ ngày", "Đến ngày", "Bản", "Ngày lập", "Người lập", "Lý do", whole=(0,))
    for one in versions:
        at = one.at.astimezone(house.clock.zone)
        lines.add_row(
            one.name, day(one.starts), day(one.ends), title(one.number), day(at), one.by, one.reason
        )
    answer(lines)


@periods.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@click.option("--reason", required=True, metavar="CĂN-CỨ", help="Căn cứ chốt: báo cáo số, ngày.")
@click.option("--yes", is_flag=True, help="Không hỏi lại: đã xem số liệu.")
@by_option("Người chốt")
def freeze(house: House, name: str, reason: str, yes: bool, by: str) -> None:
    """Chốt số liệu của một kỳ đã kết thúc, theo dữ liệu đã lưu; xem số liệu rồi mới hỏi chốt.

    \b
    Ví dụ:  doisoat periods freeze 2024-Q1 --reason "Báo cáo số 45/BC-UBND ngày 05/04/2024"
    Rồi:    doisoat report --period 2024-Q1
    """
    if not reason.strip():
        raise click.UsageError("Chốt phải có căn cứ: --reason.")
    _keep(house, name, reason, by, correct=False, ask=not yes)


@periods.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao phải đính chính.")
@by_option("Người lập đính chính")
def correct(house: House, name: str, reason: str, by: str) -> None:
    """Lập đính chính có số cho kỳ đã chốt; số liệu đã chốt vẫn giữ nguyên."""
    if not reason.strip():
        raise click.UsageError("Đính chính phải có lý do.")
    _keep(house, name, reason, by, correct=True, ask=False)


def _keep(house: House, name: str, reason: str, by: str, *, correct: bool, ask: bool) -> None:
    scopes.scope(house, named=name)  # a period that nobody understands is a mistake of the command
    person = at_the_shell(_answers_for(by))
    with refusals():
        seen = None if correct else desk.counted(house, person, name)
        if seen is not None:
            _show_figures(name, seen)
        if ask and not click.confirm(f"Chốt kỳ {name} với số liệu này?", err=True):
            say("Chưa chốt gì.", markup=False)
            raise click.exceptions.Exit(COULD_NOT_RUN)
        version = desk.keep(house, person, name, reason, seen=seen, correct=correct)
    said = f"Đã lập đính chính số {version.number} của" if version.number else "Đã chốt"
    say(f"{said} kỳ {name} ({day(version.starts)} – {day(version.ends)}).", markup=False)
    if version.unread:
        unread = ", ".join(version.unread)
        say(f"Lưu ý: còn nguồn chưa đọc đủ ({unread}); báo cáo có ghi.", markup=False)
    say(f"Viết báo cáo của kỳ: doisoat report --period {name}", markup=False)


def _reader() -> Actor:
    return at_the_shell(actor().removeprefix("cli:"))


def _answers_for(by: str) -> str:
    """The account, and on whose behalf where another person is named."""
    account = actor().removeprefix("cli:")
    return by if by == account or account in by.split(", ") else f"{account}, thay mặt {by}"


def _show_figures(name: str, kept: Kept) -> None:
    """What would be frozen, on stderr: a person is about to answer for it."""
    recorded, reconciled = tables(kept.placed)
    lines = table(f"Kỳ {name}", "Đếm lại", "Sau đối chiếu", right=(1, 2))
    for words, column in (
        ("Tiếp nhận", "received"),
        ("Đã giải quyết", "resolved"),
        ("  trong đó quá hạn", "late"),
        ("Đang giải quyết", "in_progress"),
        ("  trong đó quá hạn", "overdue"),
    ):
        lines.add_row(words, number(getattr(recorded, column)), number(getattr(reconciled, column)))
    console.print(lines)
    for source in kept.unread:
        say(f"  ✗ Nguồn “{source}” chưa đọc đủ: số liệu có thể còn thiếu.", markup=False)
    if not kept.submitted:
        say("  Lưu ý: chưa có số liệu đã báo cáo của kỳ này.", markup=False)


@periods.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@json_option
def show(house: House, name: str, as_json: bool) -> None:
    """Số liệu đã chốt, từng đính chính, và hồ sơ nào nay làm số liệu khác đi."""
    scopes.scope(house, named=name)
    with refusals():
        told = desk.against_now(house, _reader(), name)
    if as_json:
        versions = [
            {
                "number": one.number,
                "at": one.at,
                "by": one.by,
                "reason": one.reason,
                "recorded": one.recorded.as_json(),
                "reconciled": one.reconciled.as_json(),
                "changes": [_difference(house, step) for step in one.changes],
            }
            for one in told.versions
        ]
        since = [_difference(house, step) for step in told.since]
        put_json({"name": told.name, "versions": versions, "since": since})
        return
    lines = table(
        "Bản", "Ngày lập", "Người lập", "Tiếp nhận", "Đã giải quyết", "Quá hạn", "Đang giải quyết",
        "Quá hạn", "Hồ sơ khác bản trước", right=(3, 4, 5, 6, 7, 8),
    )  # fmt: skip
    for one in told.versions:
        for what, figures in (("đếm lại", one.recorded), ("sau đối chiếu", one.reconciled)):
            counts = (
                *(figures.received, figures.resolved, figures.late),
                *(figures.in_progress, figures.overdue, len(one.changes)),
            )
            who = (f"{title(one.number)}: {what}", day(one.at), one.by)
            lines.add_row(*who, *map(number, counts))
    answer(lines)
    if not told.since:
        answer(f"Số liệu hiện nay không khác {title(told.versions[-1].number)}.")
        return
    answer(f"Từ {title(told.versions[-1].number)} đến nay có {number(len(told.since))} hồ sơ khác:")
    moved = table("Mã hồ sơ", "Đơn vị", "Vì sao", "Đếm lại", "Sau đối chiếu", whole=(0,))
    for step in told.since[:SHOWN]:
        known = _difference(house, step)
        moved.add_row(
            str(known["code"]),
            str(known["unit"]),
            CAUSES[step.cause],
            f"{known['was']} → {known['now']}",
            f"{known['was_reconciled']} → {known['now_reconciled']}",
        )
    answer(moved)
    if len(told.since) > SHOWN:
        answer(f"… và {number(len(told.since) - SHOWN)} hồ sơ khác ở trang “Đính chính”.")
    answer(f"Ghi thành đính chính: doisoat periods correct {name} --reason …", markup=False)


@periods.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="KỲ")
@click.option("--reconciled", is_flag=True, help="Số sau đối chiếu, thay cho số đếm lại.")
def row(house: House, name: str, reconciled: bool) -> None:
    """Một dòng số của biểu II.06a để chép: cách nhau bằng tab, không có tỷ lệ.

    \b
    Thứ tự cột như biểu: tiếp nhận (tổng, trực tuyến, trực tiếp và bưu chính, kỳ trước), đã giải
    quyết (tổng, trước hạn, đúng hạn, quá hạn), đang giải quyết (tổng, trong hạn, quá hạn). Số của
    bản đã chốt gần nhất. Ví dụ:  doisoat periods row 2024-Q1 | clip
    """
    scopes.scope(house, named=name)
    with refusals():
        version, *both = desk.newest_tables(house, _reader(), name)
    figures = both[reconciled]
    *cells, ended_before = form_row("", figures).cells
    click.echo("\t".join(map(str, cells)))
    what = "sau đối chiếu" if reconciled else "đếm lại theo phần mềm"
    say(f"{title(version).capitalize()}, {what}.", markup=False)
    if ended_before:
        say(
            f"{number(ended_before)} hồ sơ đã kết thúc từ kỳ trước không thuộc cột nào của biểu.",
            markup=False,
        )


def _difference(house: House, step: Difference) -> dict[str, object]:
    was, now = step.was, step.now
    return {
        "code": step.one.code,
        "unit": house.tables.units.name(step.one.unit) or step.one.unit,
        "cause": step.cause.value,
        "was": COLUMNS[was.before] if was else "không có",
        "now": COLUMNS[now.before] if now else "không có",
        "was_reconciled": COLUMNS[was.after] if was else "không có",
        "now_reconciled": COLUMNS[now.after] if now else "không có",
    }


def _as_json(one: Frozen) -> dict[str, object]:
    return {
        "name": one.name,
        "from": one.starts,
        "to": one.ends,
        "number": one.number,
        "as_of": one.as_of,
        "at": one.at,
        "by": one.by,
        "reason": one.reason,
    }
