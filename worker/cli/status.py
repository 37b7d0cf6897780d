"""``status``: what a tired person wants to know at night."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

import click

from reconcile.labels import STATES
from reconcile.lifecycle import State
from worker.cli.handing import detail_of
from worker.cli.options import actor, with_house
from worker.cli.output import answer, day, hour, json_option, number, put_json, table
from worker.desk import overview
from worker.desk.actor import at_the_shell
from worker.desk.overview import JOBS, MailState, Notice, OfficeNow, ServiceNow, SourceNow
from worker.desk.runs import PastRun, RunNow, RunPart, RunState
from worker.house import House

#: Units of a running run that are named; the rest is counted.
MOST_UNITS = 8


@click.command(options_metavar="[TÙY CHỌN]")
@with_house
@json_option
@click.option("--units", is_flag=True, help="Kể từng đơn vị: mỗi nguồn đã đọc đủ từ ngày nào.")
def status(house: House, as_json: bool, units: bool) -> None:
    """Các nguồn, lượt đang chạy, hàng đợi, thư, sao lưu, sức khỏe dịch vụ; cần làm gì."""
    now = overview.look(house, at_the_shell(actor()))
    if as_json:
        put_json(_as_json(now))
        return
    _show_sources(now.sources)
    _show_uneven(now.sources)
    _show_notices(now.notices)
    _show_quarantine(now.in_quarantine)
    if units:
        _show_units(now.sources)
    _show_runs(now.runs, reading=any(source.reading for source in now.sources))
    if now.running is not None:
        _show_running(now.running, house.tables.units.name)
    _show_states(now.states)
    _show_mails(now, house.clock.zone)
    _show_service(now.service, house.clock.zone)


def _as_json(now: OfficeNow) -> dict[str, object]:
    return {
        "sources": [_source_as_json(source, now) for source in now.sources],
        "service": {
            "ready": now.service.health.ready,
            "queue": now.service.waiting.count,
            "problems": [
                {"name": one.name, "said": one.said, "to_do": one.to_do}
                for one in now.service.every_problem
            ],
            "backup": now.service.backup,
        },
        "notices": [
            {"what": one.what, "said": one.said, "to_do": one.to_do} for one in now.notices
        ],
        "mails": {
            "waiting": now.mails[MailState.PENDING],
            "uncertain": now.mails[MailState.UNCERTAIN],
            "failed": now.mails[MailState.FAILED],
            "frozen": now.switch.frozen,
        },
        "discrepancies": {state.value: many for state, many in now.states.items()},
        "running": None if now.running is None else _running_as_json(now.running),
        "runs": [
            {"id": one.id, "state": one.run.state.value, "exit_code": one.run.exit_code}
            for one in now.runs
        ],
    }


def _source_as_json(source: SourceNow, now: OfficeNow) -> dict[str, object]:
    facts = source.facts
    return {
        "name": facts.source,
        "complete": facts.answered,
        "read": facts.rows,
        "announced": facts.announced,
        "asked": source.asked or None,
        "rejected": facts.rejected,
        "covers": {"from": facts.starts, "to": facts.ends},
        "units": [
            {
                "unit": one.unit,
                "complete": one.answered,
                "covers": {"from": one.starts, "to": one.ends},
                "unread_since": one.unread_since,
                "declared_until": one.declared_until,
            }
            for one in source.units
        ],
        "unread_since": facts.unread_since,
        "error": facts.problem or None,
        "trail_error": facts.trail_problem or None,
        "quarantined": [
            {"file": one.name, "at": one.at.isoformat(), "reason": one.reason}
            for one in now.quarantined
            if one.source == facts.source
        ],
    }


def _running_as_json(now: RunNow) -> dict[str, object]:
    def part(one: RunPart) -> dict[str, object]:
        return {
            "name": one.name,
            "done": one.done,
            "total": one.total,
            "error": one.problem or None,
        }

    at, stands = now.past.run.progress, now.progress
    return {
        "id": now.past.id,
        "step": at.step,
        "source": at.source or None,
        "sources": [part(one) for one in stands.sources],
        "units": [part(one) for one in stands.units],
        "seconds_left": None if stands.left is None else round(stands.left.total_seconds()),
    }


def _show_sources(sources: Sequence[SourceNow]) -> None:
    lines = table(
        "Nguồn", "Là", "Đọc đủ", "Dòng", "Lỗi", "Từ ngày", "Đến ngày", "Vấn đề", right=(3, 4)
    )
    for source in sources:
        facts = source.facts
        lines.add_row(
            facts.source,
            source.role,
            "[green]✓[/]" if facts.answered else "[bold red]CHƯA[/]",
            number(facts.rows) + (f"/{number(facts.announced)}" if facts.announced else ""),
            number(facts.rejected),
            day(facts.starts),
            day(facts.ends),
            "; ".join(filter(None, (*source.wrong, source.asked))),
        )
    answer(lines)


def _show_uneven(sources: Sequence[SourceNow]) -> None:
    """Which units of a source are read otherwise than the others."""
    for source in sources:
        for said in source.otherwise:
            answer(f"  {source.name}: {said}", markup=False)


def _show_notices(found: Sequence[Notice]) -> None:
    for one in found:
        answer(f"  ✗ {one.said}", markup=False)
        answer(f"    {one.to_do}", markup=False)


def _show_quarantine(told: Sequence[str]) -> None:
    """Silent while every file of the inboxes was taken in."""
    if not told:
        return
    first, *files, to_do = told
    answer()
    answer(f"Hộp nhận: {first}", markup=False)
    for line in files:
        answer(f"  ✗ {line}", markup=False)
    answer(f"  {to_do}", markup=False)


def _show_units(sources: Sequence[SourceNow]) -> None:
    """The interval that each source proves of each unit, and until when its book is declared."""
    lines = table("Nguồn", "Đơn vị", "Đọc đủ", "Từ ngày", "Đến ngày", "Sổ khai đủ đến", "Vấn đề")
    for source in sources:
        for one in source.units:
            lines.add_row(
                source.name,
                one.name,
                "[green]✓[/]" if one.answered else "[bold red]CHƯA[/]",
                day(one.starts),
                day(one.ends),
                day(one.declared_until),
                one.problem,
            )
    answer(lines)


def _show_runs(runs: Sequence[PastRun], *, reading: bool) -> None:
    answer()
    if not runs and reading:
        answer("Chưa có lượt đối soát nào: còn nguồn đang được đọc, xem cột Vấn đề.")
        return
    if not runs:
        answer("Chưa có lượt đối soát nào. Chạy: doisoat run")
        return
    lines = table("Lượt", "Trạng thái", "Mã kết thúc", "Chốt ngày")
    for one in runs:
        lines.add_row(
            one.id,
            one.state,
            "–" if one.run.exit_code is None else str(one.run.exit_code),
            day(one.run.scope.as_of),
        )
    answer(lines)
    for one in runs:
        if one.run.problem and one.run.state is not RunState.DONE:
            answer(f"  ✗ {one.id}: {one.run.problem}", markup=False)


def _show_running(now: RunNow, name: Callable[[str], str]) -> None:
    """Source by source, unit by unit."""
    run, stands = now.past.run, now.progress
    answer()
    answer(f"Đang chạy {run.id}: {detail_of(run, stands)}", markup=False)
    for part in stands.sources:
        mark = "…" if part.now else "✓" if part.is_done else " "
        where = run.progress.step if part.now else ""
        many = f"{number(part.done)}/{number(part.total)}" if part.total > 1 else ""
        answer(f"  {mark} {part.name} {many} {where} {part.problem}".rstrip(), markup=False)
    waits = [name(part.name) for part in stands.units if not part.is_done]
    if waits:
        more = (
            f" và {number(len(waits) - MOST_UNITS)} đơn vị nữa" if len(waits) > MOST_UNITS else ""
        )
        answer(f"  Đơn vị chưa xong: {', '.join(waits[:MOST_UNITS])}{more}", markup=False)


def _show_states(states: Mapping[State, int]) -> None:
    answer()
    told = [f"{STATES[state]}: {number(count)}" for state, count in sorted(states.items())]
    answer(" · ".join(told) if told else "Chưa có hồ sơ lệch nào được ghi nhận.", markup=False)


def _show_mails(now: OfficeNow, zone: tzinfo) -> None:
    """Silent while there is nothing to do about any mail."""
    told = [
        f"{number(now.mails[state])} {words}"
        for state, words in (
            (MailState.PENDING, "chờ gửi"),
            (MailState.UNCERTAIN, "không rõ đã đến chưa"),
            (MailState.FAILED, "không gửi được"),
        )
        if now.mails[state]
    ]
    if told:
        answer(f"Thư: {' · '.join(told)}. Xem: doisoat alerts list", markup=False)
    if now.switch.frozen:
        since = f" từ {hour(now.switch.at, zone)}" if now.switch.at else ""
        answer(f"Thư đang được GIỮ LẠI{since}: {now.switch.reason}", markup=False)
        answer("  Kiểm tra rồi cho gửi trở lại: doisoat alerts unfreeze", markup=False)


def _show_service(now: ServiceNow, zone: tzinfo) -> None:
    """Quiet where the office runs everything by hand: nothing waits and nobody ever served."""
    answer()
    waiting = number(now.waiting.count)
    if now.beat is None:
        if now.waiting.count:
            answer(f"{waiting} lượt đang chờ mà dịch vụ nền chưa chạy lần nào.", markup=False)
        answer("Dịch vụ nền chưa chạy. Muốn tự chạy theo lịch: doisoat serve")
        return
    if now.stopped:
        at = hour(now.stopped.clock, zone)
        told = f"Dịch vụ nền: đã dừng theo yêu cầu lúc {at} · {waiting} lượt đang chờ"
        answer(told, markup=False)
        answer("  Chạy lại: systemctl start doisoat (hoặc doisoat serve)", markup=False)
        return
    running = "[green]chạy tốt[/]" if now.health.ready else "[bold red]KHÔNG LÀM VIỆC ĐƯỢC[/]"
    answer(f"Dịch vụ nền: {running} · {waiting} lượt đang chờ")
    for one in now.problems:
        answer(f"  ✗ {one.said} {one.to_do}", markup=False)
    kept = f"bản mới nhất ngày {day(now.backup)}" if now.backup else "chưa có bản nào"
    answer(f"Sao lưu tự động: {kept}", markup=False)
    coming = [
        f"{JOBS.get(one.name, one.name)} {one.next_at.astimezone(zone):%H:%M %d/%m}"
        for one in now.planned[:3]
    ]
    if coming:
        answer(f"Sắp tới: {' · '.join(coming)}", markup=False)
