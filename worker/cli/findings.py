"""``findings``: the discrepancies, one by one, and what a person does with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from reconcile import lifecycle
from reconcile.judging.same_event import parts
from reconcile.labels import BRIEF_STEPS, KINDS, STATES
from reconcile.lifecycle import Change, Discrepancy, IllegalMove, State
from reconcile.steps import Step, usual_step
from worker.cli.chosen import (
    Asked,
    asked_for,
    chosen_options,
    kind_option,
    named,
    of_kinds,
    state_of,
)
from worker.cli.options import all_option, by_option, unit_option, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    DAY,
    answer,
    day,
    json_option,
    number,
    put_json,
    say,
    table,
)
from worker.desk.discrepancies import RUN_ONCE, known_of, lacks_rows
from worker.house import House
from worker.reports.known import KnownDiscrepancy
from worker.store import Paper
from worker.words import PAPERS, paper

#: As many as fit a screen or two; the report has them all.
SHOWN = 50
NOT_OURS = "không thuộc đơn vị tôi"
TAKEN_BACK = "rút lại"
NONE_SUCH = "Không có việc nào như vậy. Xem: doisoat findings list"


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def findings() -> None:
    """Hồ sơ chưa khớp: xem, nhận việc, tạm gác."""


@findings.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@unit_option
@kind_option
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="TRẠNG-THÁI",
    help="Chỉ trạng thái này, viết như trong danh sách: “Chưa xử lý”.",
)
@all_option
@json_option
def show_all(
    house: House,
    units: tuple[str, ...],
    kinds: tuple[str, ...],
    states: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Danh sách hồ sơ chưa khớp, mỗi hồ sơ một dòng, việc gấp trước.

    \b
    Ví dụ:  doisoat findings list --state "Chưa xử lý" --kind "Có trong sổ, chưa nhập phần mềm"
    """
    chosen = {state_of(text) for text in states}
    known = [
        one
        for one in of_kinds(house, units, kinds)
        if (one.state in chosen if chosen else everything or one.state is not State.RESOLVED)
    ]
    if as_json:
        put_json([msgspec.to_builtins(one) for one in known])
        return
    if not known:
        say("Không có hồ sơ nào. Nếu chưa đối soát lần nào, chạy: doisoat run")
        return
    found = _by_dossier(known)
    shown = _dossiers(house, found if everything else found[:SHOWN])
    seen = house.store.search.written_first([one.found[0].id for one in shown])
    lines = table(
        "Mã việc", "Mã hồ sơ", "Lệch gì", "Việc cần làm", "Trạng thái", "Đơn vị", "Phát hiện",
        whole=(0, 1),
    )  # fmt: skip
    for one in shown:
        lines.add_row(*_row(house, one, seen.get(one.found[0].id)))
    answer(lines)
    if len(found) > len(shown):
        answer(f"… và {number(len(found) - len(shown))} hồ sơ khác; thêm --all để xem hết.")
    answer("Xem một hồ sơ: doisoat findings show MÃ-VIỆC hoặc MÃ-HỒ-SƠ", markup=False)
    if lacks_rows(house.store):
        say(RUN_ONCE, markup=False)


@dataclass(frozen=True, slots=True)
class DossierFindings:
    """A dossier with what is open of it, what is to be done next first."""

    found: tuple[Discrepancy, ...]
    told: KnownDiscrepancy | None  # of the first, where a run wrote it down


def _by_dossier(known: Sequence[Discrepancy]) -> list[list[Discrepancy]]:
    """The discrepancies by dossier, in the order of the first of each."""
    by_dossier: dict[str, list[Discrepancy]] = {}
    for one in known:
        by_dossier.setdefault(parts(one.anchor)[0], []).append(one)
    return list(by_dossier.values())


def _dossiers(house: House, shown: Sequence[Sequence[Discrepancy]]) -> list[DossierFindings]:
    """Dossiers with their evidence: only those that are shown, for it is read for each."""
    told = known_of(house.store, (one.id for some in shown for one in some))
    found = []
    for some in shown:
        first, *others = sorted(
            some, key=lambda one: one.id not in told or not told[one.id].row.lead
        )
        found.append(DossierFindings((first, *others), told.get(first.id)))
    return found


def _row(house: House, listed: DossierFindings, seen: datetime | None) -> tuple[str, ...]:
    first, report = listed.found[0], listed.told
    others = len(listed.found) - 1
    label = report.row.label if report else KINDS[first.kind]
    step = BRIEF_STEPS[Step(report.row.step) if report else usual_step(first.kind)]
    return (
        first.id,
        report.row.code if report else "",
        label + (f" (và {others} điểm lệch khác)" if others else ""),
        step,
        STATES[first.state],
        report.row.unit if report else house.tables.units.name(first.unit) or first.unit,
        _found_on(first, seen, house.clock.zone),
    )


def _found_on(one: Discrepancy, seen: datetime | None, zone: tzinfo) -> str:
    """The day on which it was seen, never an earlier one; and of which cut-off it was said."""
    on = seen.astimezone(zone).date() if seen else None
    if on is None or on == one.first_seen:
        return day(one.first_seen)
    return f"{day(on)}, tính đến ngày chốt {day(one.first_seen)}"


@findings.command("show", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="MÃ-VIỆC")
@json_option
def show_one(house: House, name: str, as_json: bool) -> None:
    """Một hồ sơ chưa khớp: sai ở đâu, căn cứ nào, phải làm gì, đã qua những bước nào.

    MÃ-VIỆC là mã trong danh sách, hoặc mã hồ sơ.
    """
    for one, report in named(house, name):
        line = report.line if report else None
        steps = house.store.changes(of=one.id)
        if as_json:
            put_json(
                {
                    "discrepancy": msgspec.to_builtins(one),
                    "finding": msgspec.to_builtins(line) if line else None,
                    "history": [_step(step) for step in steps],
                }
            )
            continue
        _explain(one, report, steps, house.clock.zone)
        for noted in house.store.papers.of(one.id):
            said = paper(noted.kind, noted.number, noted.day)
            answer(f"  Văn bản: {said} (ghi bởi {noted.by})", markup=False)


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@chosen_options
@by_option("Người nhận việc")
@click.option("--reason", default="", metavar="GHI-CHÚ", help="Ghi chú.")
def ack(house: House, by: str, reason: str, **chosen: Any) -> None:
    """Nhận việc: từ nay các hồ sơ này có người xử lý.

    \b
    Ví dụ:  doisoat findings ack 0a1b2c H11.38.26-240122-0002
            doisoat findings ack --unit "Xã Sơn Mỹ" --kind "Có trong sổ, chưa nhập phần mềm"
    """

    def move(one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        return lifecycle.acknowledge(one, by, reason=reason, now=now, on=today)

    _act(house, Asked(**chosen), "Nhận việc", move)


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@chosen_options
@click.option("--until", type=DAY, required=True, help="Tạm gác đến hết ngày này.")
@click.option("--reason", default="", metavar="LÝ-DO", help="Lý do, khi không dùng hai khóa dưới.")
@click.option("--not-ours", is_flag=True, help="Lý do: không thuộc đơn vị tôi.")
@click.option("--ticket", metavar="SỐ", help="Lý do: đã báo kỹ thuật, phiếu số …")
@by_option("Người quyết định")
def waive(
    house: House,
    until: date,
    reason: str,
    not_ours: bool,
    ticket: str | None,
    by: str,
    **chosen: Any,
) -> None:
    """Tạm gác đến một ngày, có lý do; hết ngày đó mà vẫn lệch thì mở lại.

    \b
    Ví dụ:  doisoat findings waive MÃ-VIỆC --until 31/12/2026 --not-ours
            doisoat findings waive MÃ-VIỆC --until 31/12/2026 --ticket 45
    """
    given = [NOT_OURS] if not_ours else []
    given += [f"đã báo kỹ thuật, phiếu số {ticket}"] if ticket else []
    why = "; ".join([*given, *([reason.strip()] if reason.strip() else [])])
    if not why:
        raise click.UsageError("Tạm gác phải có lý do: --not-ours, --ticket SỐ hoặc --reason.")

    def move(one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        return lifecycle.waive(one, by, why, until=until, now=now, on=today)

    _act(house, Asked(**chosen), "Tạm gác", move)


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@chosen_options
@by_option("Người rút lại")
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao rút lại.")
def undo(house: House, by: str, reason: str, **chosen: Any) -> None:
    """Rút lại việc đã nhận hoặc đã tạm gác: hồ sơ trở về “Chưa xử lý”; lịch sử vẫn còn."""

    def move(one: Discrepancy) -> Change:
        now, today = house.clock.now(), house.clock.today()
        return lifecycle.take_back(one, by, reason=reason or TAKEN_BACK, now=now, on=today)

    _act(house, Asked(**chosen), "Rút lại", move)


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="MÃ-VIỆC")
@click.option(
    "--kind",
    required=True,
    metavar="LOẠI",
    type=click.Choice(list(PAPERS)),
    help="xin-loi (văn bản xin lỗi), bo-sung (phiếu yêu cầu bổ sung), rut (đơn rút hồ sơ), "
    "ky-thuat (phiếu báo kỹ thuật).",
)
@click.option("--number", "number_of", required=True, metavar="SỐ", help="Số của văn bản.")
@click.option("--on", type=DAY, required=True, help="Ngày của văn bản.")
@by_option("Người ghi")
def note(house: House, name: str, kind: str, number_of: str, on: date, by: str) -> None:
    """Ghi một văn bản (số, ngày) vào một việc; có trong báo cáo, không đổi số liệu nào."""
    one = _single(house, name)
    house.store.papers.add(Paper(one.id, kind, number_of.strip(), on, by, house.clock.now()))
    say(f"✓ {KINDS[one.kind]}: {paper(kind, number_of, on)}", markup=False)


def _single(house: House, name: str) -> Discrepancy:
    ((one, _), *others) = named(house, name)
    if others:
        raise click.UsageError(f"“{name}” có {len(others) + 1} việc; dùng mã việc trong danh sách.")
    return one


def _act(house: House, asked: Asked, what: str, move: Callable[[Discrepancy], Change]) -> None:
    """Take one step with each that was asked for; with many only after a look and a yes."""
    wanted = asked_for(house, asked)
    steps: list[Change] = []
    refused: list[Discrepancy] = []
    for one in wanted:
        try:
            steps.append(move(one))
        except IllegalMove:
            refused.append(one)
        except ValueError as error:
            raise click.UsageError(f"{str(error).capitalize()}.") from None
    if not steps:
        states = ", ".join(dict.fromkeys(f"“{STATES[one.state]}”" for one in refused))
        raise click.UsageError(f"Việc này đang ở trạng thái {states}." if refused else NONE_SUCH)
    many = len(steps) > 1
    if many and not asked.yes:
        _preview(house, what, steps, len(refused))
    house.store.apply(None, steps)
    if many:
        say(f"✓ {what}: {_counted(steps)}.", markup=False)
        return
    for step in steps:
        before = STATES[step.before] if step.before else ""
        say(f"✓ {KINDS[step.discrepancy.kind]}: {before} → {STATES[step.after]}", markup=False)


def _counted(steps: Sequence[Change]) -> str:
    dossiers = {parts(step.discrepancy.anchor)[0] for step in steps}
    return f"{number(len(dossiers))} hồ sơ ({number(len(steps))} điểm lệch)"


def _preview(house: House, what: str, steps: Sequence[Change], refused: int) -> None:
    """What would be done, and a question; off a terminal --yes answers it."""
    known = [step.discrepancy for step in steps]
    found = _by_dossier(known)
    lines = table("Mã việc", "Mã hồ sơ", "Lệch gì", "Đơn vị", whole=(0, 1))
    for listed in _dossiers(house, found[:SHOWN]):
        name, code, label, _, _, unit, _ = _row(house, listed, None)
        lines.add_row(name, code, label, unit)
    answer(lines)
    if len(found) > SHOWN:
        answer(f"… và {number(len(found) - SHOWN)} hồ sơ khác.")
    if refused:
        answer(f"{number(refused)} điểm lệch đang ở trạng thái khác, để nguyên.")
    if not sys.stdin.isatty():
        raise click.UsageError(f"{what} {_counted(steps)}: xem lại rồi thêm --yes.")
    if not click.confirm(f"{what} {_counted(steps)}?", err=True):
        raise click.exceptions.Exit(COULD_NOT_RUN)


def _step(step: Change) -> dict[str, object]:
    return {
        "before": step.before.value if step.before else None,
        "after": step.after.value,
        "at": step.at,
        "by": step.by,
        "reason": step.reason,
    }


def _explain(
    one: Discrepancy, report: KnownDiscrepancy | None, steps: list[Change], zone: ZoneInfo
) -> None:
    row = report.row if report else None
    answer(f"[bold]{row.label if row else KINDS[one.kind]}[/] · {STATES[one.state]}")
    facts = table("", "")
    facts.show_header = False
    if row is not None:
        for title, text in (
            ("Mã hồ sơ", row.code),
            ("Mã liên thông", row.national_code),
            ("Đơn vị", row.unit),
            ("Thủ tục", row.procedure),
            ("Người được đăng ký", row.person),
            ("Tiếp nhận", day(row.received_on)),
            ("Hẹn trả", day(row.due_on)),
            ("Có kết quả", day(row.ready_on)),
            ("Trả kết quả", day(row.returned_on)),
            ("Trên phần mềm", row.status),
            ("Vướng tại", row.stuck),
            ("Căn cứ", row.evidence),
            ("Dòng sổ", row.place),
            ("Còn thiếu", row.fact),
            ("Việc cần làm", row.remedy),
        ):
            if text and text != "–":
                facts.add_row(title, text)
    else:
        facts.add_row("Đơn vị", one.unit)
    facts.add_row("Mã việc", one.id)
    answer(facts)
    answer("Đã qua:")
    for step in steps:
        reason = f" – {step.reason}" if step.reason else ""
        answer(
            f"  {day(step.at.astimezone(zone))}  {STATES[step.after]} ({step.by}){reason}",
            markup=False,
        )
