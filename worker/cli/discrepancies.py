"""``findings``: the discrepancies, one by one, and what a person does with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

import click
import msgspec

from reconcile import lifecycle
from reconcile.findings import Kind
from reconcile.labels import KINDS, STATES
from reconcile.lifecycle import Change, Discrepancy, IllegalMove, State
from worker.cli import asking
from worker.cli.heads import all_option, by_option, unit_option, with_house
from worker.cli.speech import (
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
from worker.cli.told import Told, told_of
from worker.house import House
from worker.reports.words import PAPERS, paper
from worker.store import Paper

#: As many as fit a screen or two; the report has them all.
SHOWN = 50
NOT_OURS = "không thuộc đơn vị tôi"


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def findings() -> None:
    """Hồ sơ chưa khớp: xem, nhận việc, tạm gác."""


@findings.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@unit_option
@click.option("--kind", "kinds", multiple=True, metavar="LOẠI", help="Chỉ loại này.")
@click.option("--state", "states", multiple=True, metavar="TRẠNG-THÁI", help="Chỉ trạng thái này.")
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
    """Danh sách hồ sơ chưa khớp, việc gấp trước."""
    scope = asking.scope(house, units=units)
    wanted = {_kind(text) for text in kinds}
    chosen = {_state(text) for text in states}
    known = [
        one
        for one in house.store.discrepancies(scope)
        if (not wanted or one.kind in wanted)
        and (one.state in chosen if chosen else everything or one.state is not State.RESOLVED)
    ]
    known.sort(key=lambda one: (list(Kind).index(one.kind), one.first_seen, one.unit, one.id))
    if as_json:
        put_json([msgspec.to_builtins(one) for one in known])
        return
    if not known:
        say("Không có hồ sơ nào. Nếu chưa đối soát lần nào, chạy: doisoat run")
        return
    shown = known if everything else known[:SHOWN]
    told = told_of(house, (one.id for one in shown))
    seen = _seen_first(house)
    lines = table("Mã việc", "Mã hồ sơ", "Loại", "Trạng thái", "Đơn vị", "Phát hiện", whole=(0, 1))
    for one in shown:
        report = told.get(one.id)
        unit = report.row.unit if report else house.tables.units.name(one.unit) or one.unit
        code = report.row.code if report else ""
        label, state = KINDS[one.kind], STATES[one.state]
        found = _found_on(one, seen.get(one.id), house.clock.zone)
        lines.add_row(one.id, code, label, state, unit, found)
    answer(lines)
    if len(known) > len(shown):
        answer(f"… và {number(len(known) - len(shown))} hồ sơ khác; thêm --all để xem hết.")
    answer("Xem một việc: doisoat findings show MÃ-VIỆC", markup=False)


def _seen_first(house: House) -> dict[str, datetime]:
    """When each discrepancy was first written down."""
    seen: dict[str, datetime] = {}
    for step in house.store.changes():
        seen.setdefault(step.id, step.at)
    return seen


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
    for one, report in _found(house, name):
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
@click.argument("name", metavar="MÃ-VIỆC")
@by_option("Người nhận việc")
@click.option("--reason", default="", metavar="GHI-CHÚ", help="Ghi chú.")
def ack(house: House, name: str, by: str, reason: str) -> None:
    """Nhận việc: từ nay hồ sơ này có người xử lý."""
    _act(
        house,
        name,
        lambda one: lifecycle.acknowledge(
            one, by, reason=reason, now=house.clock.now(), on=house.clock.today()
        ),
    )


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="MÃ-VIỆC")
@click.option("--until", type=DAY, required=True, help="Tạm gác đến hết ngày này.")
@click.option("--reason", default="", metavar="LÝ-DO", help="Lý do, khi không dùng hai khóa dưới.")
@click.option("--not-ours", is_flag=True, help="Lý do: không thuộc đơn vị tôi.")
@click.option("--ticket", metavar="SỐ", help="Lý do: đã báo kỹ thuật, phiếu số …")
@by_option("Người quyết định")
def waive(
    house: House,
    name: str,
    until: date,
    reason: str,
    not_ours: bool,
    ticket: str | None,
    by: str,
) -> None:
    """Tạm gác đến một ngày, có lý do; hết ngày đó mà vẫn lệch thì mở lại.

    \b
    Ví dụ:  doisoat findings waive MÃ-VIỆC --until 31/12/2026 --not-ours
            doisoat findings waive MÃ-VIỆC --until 31/12/2026 --ticket 45
    """
    chosen = [NOT_OURS] if not_ours else []
    chosen += [f"đã báo kỹ thuật, phiếu số {ticket}"] if ticket else []
    why = "; ".join([*chosen, *([reason.strip()] if reason.strip() else [])])
    if not why:
        raise click.UsageError("Tạm gác phải có lý do: --not-ours, --ticket SỐ hoặc --reason.")
    _act(
        house,
        name,
        lambda one: lifecycle.waive(
            one, by, why, until=until, now=house.clock.now(), on=house.clock.today()
        ),
    )


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
    ((one, _), *others) = _found(house, name)
    if others:
        raise click.UsageError(f"“{name}” có {len(others) + 1} việc; dùng mã việc trong danh sách.")
    return one


def _act(house: House, name: str, move: Callable[[Discrepancy], Change]) -> None:
    one = _single(house, name)
    try:
        step = move(one)
    except IllegalMove:
        raise click.UsageError(f"Việc này đang ở trạng thái “{STATES[one.state]}”.") from None
    except ValueError as error:
        raise click.UsageError(f"{str(error).capitalize()}.") from None
    house.store.apply(None, [step])
    say(f"✓ {KINDS[one.kind]}: {STATES[one.state]} → {STATES[step.after]}", markup=False)


def _kind(text: str) -> Kind:
    try:
        return Kind(text.upper())
    except ValueError:
        raise click.UsageError(f"Không có loại “{text}”; chọn trong: {', '.join(Kind)}") from None


def _state(text: str) -> State:
    try:
        return State(text.upper())
    except ValueError:
        raise click.UsageError(
            f"Không có trạng thái “{text}”; chọn trong: {', '.join(State)}"
        ) from None


def _found(house: House, name: str) -> list[tuple[Discrepancy, Told | None]]:
    """By its own id, else those of a dossier's code that are not settled; what is told of each."""
    known = {one.id: one for one in house.store.discrepancies()}
    own = known.get(name.lower())
    if own is not None:
        return [(own, told_of(house, [own.id]).get(own.id))]
    told = told_of(house, (one.id for one in known.values() if one.state is not State.RESOLVED))
    found: list[tuple[Discrepancy, Told | None]] = [
        (known[one], report)
        for one, report in sorted(told.items())
        if name in (report.row.code, report.row.national_code)
    ]
    if not found:
        say(f"Không có việc “{name}”. Xem: doisoat findings list", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    return found


def _step(step: Change) -> dict[str, object]:
    return {
        "before": step.before.value if step.before else None,
        "after": step.after.value,
        "at": step.at,
        "by": step.by,
        "reason": step.reason,
    }


def _explain(one: Discrepancy, report: Told | None, steps: list[Change], zone: ZoneInfo) -> None:
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
