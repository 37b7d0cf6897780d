"""``findings``: the discrepancies, one by one, and what a person does with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from reconcile.labels import BRIEF_STEPS, KINDS, STATES
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.steps import Pile
from worker.cli.chosen import Asked, asked_for, bearing, chosen_options, kind_option
from worker.cli.options import account, all_option, by_option, unit_option, with_house
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
from worker.desk import acts, discrepancies, naming, worklist
from worker.desk.actor import Actor, Unseen, at_the_shell
from worker.desk.acts import Move, PlannedAct
from worker.desk.refused import Refused
from worker.desk.worklist import DossierFilter, ListedDossier
from worker.house import House
from worker.reports.known import KnownDiscrepancy
from worker.words import PAPERS, paper

#: As many as fit a screen or two; the report has them all.
SHOWN = 50
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
    actor = at_the_shell(account())
    wanted = DossierFilter(
        units=naming.units_of(house, units) if units else None,
        kinds=frozenset(map(naming.kind_of, kinds)),
        states=frozenset(map(naming.state_of, states)),
        piles=tuple(Pile) if everything and not states else (),
    )
    if as_json:
        found = worklist.matching(house, actor, wanted)
        put_json([msgspec.to_builtins(one) for one in found])
        return
    shown = _shown(house, actor, wanted, everything)
    if not shown:
        say("Không có hồ sơ nào. Nếu chưa đối soát lần nào, chạy: doisoat run")
        return
    _listed(house, shown)
    more = worklist.count(house, actor, wanted) - len(shown)
    if more > 0:
        answer(f"… và {number(more)} hồ sơ khác; thêm --all để xem hết.")
    answer("Xem một hồ sơ: doisoat findings show MÃ-VIỆC hoặc MÃ-HỒ-SƠ", markup=False)
    if discrepancies.lacks_rows(house):
        say(discrepancies.RUN_ONCE, markup=False)


def _shown(
    house: House, actor: Actor, wanted: DossierFilter, everything: bool
) -> Sequence[ListedDossier]:
    if everything:
        return list(worklist.whole(house, actor, wanted))
    return worklist.page(house, actor, wanted, SHOWN).dossiers


def _listed(house: House, shown: Sequence[ListedDossier]) -> None:
    seen = discrepancies.first_written(house, [one.lead for one in shown])
    lines = table(
        "Mã việc", "Mã hồ sơ", "Lệch gì", "Việc cần làm", "Trạng thái", "Đơn vị", "Phát hiện",
        whole=(0, 1),
    )  # fmt: skip
    for one in shown:
        lines.add_row(*_row(house, one, seen.get(one.lead.id)))
    answer(lines)


def _row(house: House, listed: ListedDossier, seen: datetime | None) -> tuple[str, ...]:
    first, report = listed.lead, listed.known
    others = len(listed.others)
    label = report.row.label if report else KINDS[first.kind]
    return (
        first.id,
        listed.code,
        label + (f" (và {others} điểm lệch khác)" if others else ""),
        BRIEF_STEPS[acts.step_of(listed)],
        STATES[first.state],
        listed.unit,
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
    for one, report in bearing(house, at_the_shell(account()), name):
        line = report.line if report else None
        steps = discrepancies.history(house, one)
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
        for noted in discrepancies.papers(house, one):
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

    _act(house, by, Asked(**chosen), "Nhận việc", acts.take_on(reason))


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
    why = acts.why_aside(not_ours=not_ours, ticket=ticket, reason=reason)
    if not why:
        raise click.UsageError("Tạm gác phải có lý do: --not-ours, --ticket SỐ hoặc --reason.")

    _act(house, by, Asked(**chosen), "Tạm gác", acts.set_aside(until, why))


@findings.command(options_metavar="[TÙY CHỌN]")
@with_house
@chosen_options
@by_option("Người rút lại")
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao rút lại.")
def undo(house: House, by: str, reason: str, **chosen: Any) -> None:
    """Rút lại việc đã nhận hoặc đã tạm gác: hồ sơ trở về “Chưa xử lý”; lịch sử vẫn còn.

    Mã lượt (lo-…) hoàn tác cả một lượt đã làm, kể cả danh sách Excel đã nạp lại.
    """
    asked = Asked(**chosen)
    if len(asked.names) == 1 and asked.names[0].startswith(acts.BATCH):
        _undo_batch(house, by, asked.names[0])
        return
    _act(house, by, asked, "Rút lại", acts.take_back(reason))


@findings.command("import", options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("file", metavar="TỆP", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@by_option("Người nạp danh sách")
@click.option("--yes", is_flag=True, help="Ghi ngay, không hỏi lại.")
def take_in(house: House, file: Path, by: str, yes: bool) -> None:
    """Nạp lại danh sách việc đã điền cột Kết quả, Người thực hiện: xem trước, rồi ghi một lượt.

    \b
    Kết quả ghi một trong: đã làm · đang làm · không thuộc đơn vị · đã báo kỹ thuật, phiếu số …
    Ví dụ:  doisoat findings import danh-sach.xlsx
    """
    actor = at_the_shell(by)
    from worker.desk import filled_lists  # writes workbooks: only who hands one in loads it

    planned = filled_lists.plan(house, actor, file)
    lines = table("Trang", "Dòng", "Mã hồ sơ", "Sẽ làm", right=(1,), whole=(2,))
    for one in planned.effects:
        where = one.line.code or one.line.place
        lines.add_row(one.line.sheet, str(one.line.row), where, one.effect)
    if planned.effects:
        answer(lines)
    for problem in planned.problems:
        say(f"⚠ {problem}", markup=False)
    for said in filled_lists.spoken(planned.blank, planned.effects):
        say(said, markup=False)
    if planned.before is None and planned.changes and not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Chưa ghi gì: xem lại rồi thêm --yes.")
        if not click.confirm(f"Ghi {number(planned.changes)} hồ sơ?", err=True):
            raise click.exceptions.Exit(COULD_NOT_RUN)
    made = filled_lists.take_in(house, actor, planned)
    say(f"✓ {made.what}. Hoàn tác: doisoat findings undo {made.id}", markup=False)


def _undo_batch(house: House, by: str, name: str) -> None:
    try:
        undone = acts.undo(house, at_the_shell(by), name)
    except Unseen:
        raise Refused(f"Không có lượt “{name}”.") from None
    say(f"✓ Hoàn tác “{undone.batch.what}”: {number(undone.undone)} việc.", markup=False)
    if undone.left:
        say(f"{number(undone.left)} việc đã đổi trạng thái sau đó, để nguyên.", markup=False)


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
@click.option("--take-back", is_flag=True, help="Bỏ văn bản này: đã ghi nhầm.")
@by_option("Người ghi")
def note(
    house: House, name: str, kind: str, number_of: str, on: date, take_back: bool, by: str
) -> None:
    """Ghi một văn bản (số, ngày) vào một việc; có trong báo cáo, không đổi số liệu nào."""
    actor = at_the_shell(by)
    ((one, _), *others) = bearing(house, actor, name)
    if others:
        raise click.UsageError(f"“{name}” có {len(others) + 1} việc; dùng mã việc trong danh sách.")
    if take_back:
        try:
            acts.take_back_paper(house, actor, acts.noted(house, one, kind, number_of, on).id)
        except Unseen:
            raise Refused(f"Việc này không ghi {paper(kind, number_of, on)}.") from None
    else:
        acts.note(house, actor, one, kind, number_of, on)
    gone = " – đã bỏ" if take_back else ""
    say(f"✓ {KINDS[one.kind]}: {paper(kind, number_of, on)}{gone}", markup=False)


def _act(house: House, by: str, asked: Asked, what: str, move: Move) -> None:
    """Take one step with each that was asked for; with many only after a look and a yes."""
    actor = at_the_shell(by)
    planned = acts.plan(house, actor, what, move, asked_for(house, actor, asked))
    if not planned.steps and not planned.left:
        raise Refused(NONE_SUCH)
    many = len(planned.steps) > 1
    if many and not asked.yes:
        _preview(house, actor, planned)
    made = acts.do(house, actor, planned)
    if many:
        say(f"✓ {what}: {_counted(planned)}.", markup=False)
        if planned.steps[0].after is not State.OPEN:
            say(f"Hoàn tác cả lượt: doisoat findings undo {made.id}", markup=False)
        return
    for step in planned.steps:
        before = STATES[step.before] if step.before else ""
        say(f"✓ {KINDS[step.discrepancy.kind]}: {before} → {STATES[step.after]}", markup=False)


def _counted(planned: PlannedAct) -> str:
    return f"{number(planned.dossiers)} hồ sơ ({number(len(planned.steps))} điểm lệch)"


def _preview(house: House, actor: Actor, planned: PlannedAct) -> None:
    """What would be done, and a question; off a terminal --yes answers it."""
    found = worklist.lines_of(house, actor, [step.id for step in planned.steps])
    lines = table("Mã việc", "Mã hồ sơ", "Lệch gì", "Đơn vị", whole=(0, 1))
    for listed in found[:SHOWN]:
        name, code, label, _, _, unit, _ = _row(house, listed, None)
        lines.add_row(name, code, label, unit)
    answer(lines)
    if len(found) > SHOWN:
        answer(f"… và {number(len(found) - SHOWN)} hồ sơ khác.")
    if planned.left:
        answer(f"{number(len(planned.left))} điểm lệch đang ở trạng thái khác, để nguyên.")
    asked = f"{planned.what} {_counted(planned)}"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{asked}: xem lại rồi thêm --yes.")
    if not click.confirm(f"{asked}?", err=True):
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
