"""``status``: what a tired person wants to know at night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

import click

from reconcile.claims import Role
from reconcile.labels import ROLES, STATES
from reconcile.lifecycle import State
from worker.cli.handing import detail_of
from worker.cli.options import house_of
from worker.cli.output import answer, config_option, day, hour, json_option, number, put_json, table
from worker.house import House
from worker.intake import quarantine
from worker.run import look_ups, progress, uneven
from worker.run.notices import Notice, notices
from worker.run.progress import RunPart, RunProgress
from worker.service import chores, health
from worker.service.health import Health
from worker.service.schedule import BEAT
from worker.store import MailState, PlannedJob, QueueLength, Run, RunState, SourceFacts, Switch

WORDS = {
    RunState.QUEUED: "đang chờ",
    RunState.RUNNING: "đang chạy",
    RunState.DONE: "xong",
    RunState.FAILED: "không xong",
    RunState.CANCELLED: "đã hủy",
    RunState.QUARANTINED: "gác lại sau nhiều lần hỏng",
}
JOBS = {
    "poll": "hỏi các nguồn",
    "daily": "đối soát hằng ngày",
    "weekly": "báo cáo tuần",
    "sweep": "đọc lại toàn bộ",
    "backup": "sao lưu",
    "purge": "dọn theo thời hạn lưu",
    "verify": "kiểm tra toàn vẹn",
    "digest": "thư cho thủ trưởng",
}
#: Units of a running run that are named; the rest is counted.
MOST_UNITS = 8


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that is told, looked up at one moment."""

    sources: Sequence[SourceFacts]
    runs: Sequence[Run]
    running: tuple[Run, RunProgress] | None
    states: Counter[str]
    mails: Counter[MailState]
    switch: Switch
    waiting: QueueLength
    planned: Sequence[PlannedJob]
    backup: date | None
    service: Health
    notices: Sequence[Notice]
    quarantined: Sequence[quarantine.Quarantined] = ()


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@json_option
@click.option("--units", is_flag=True, help="Kể từng đơn vị: mỗi nguồn đã đọc đủ từ ngày nào.")
def status(config_file: Path, as_json: bool, units: bool) -> None:
    """Các nguồn, lượt đang chạy, hàng đợi, thư, sao lưu, sức khỏe dịch vụ; cần làm gì."""
    house = house_of(config_file)
    now = _look(house)
    if as_json:
        put_json(_as_json(house, now))
        return
    _show_sources(house, now.sources)
    _show_uneven(house, now.sources)
    _show_notices(now.notices)
    _show_quarantine(now.quarantined)
    if units:
        _show_units(house, now.sources)
    _show_runs(now.runs)
    if now.running is not None:
        _show_running(*now.running)
    _show_states(now.states)
    _show_mails(now, house.clock.zone)
    _show_service(house, now)


def _look(house: House) -> Now:
    store = house.store
    runs = store.runs(5)
    running = next((run for run in runs if run.state is RunState.RUNNING), None)
    now = house.clock.now()
    return Now(
        sources=[store.coverage_facts(source.name) for source in house.settings.sources],
        runs=runs,
        running=None
        if running is None
        else (running, progress.standing(store, house.settings, running, now)),
        states=Counter({one.value: many for one, many in store.search.states().items()}),
        mails=Counter(store.outbox.counts()),
        switch=store.outbox.switch(),
        waiting=store.queue.waiting(),
        planned=sorted(store.schedule.planned(), key=lambda one: one.next_at),
        backup=chores.newest_backup(house.settings),
        service=health.look(house.settings),
        notices=notices(house.settings, store, house.clock.today()),
        quarantined=quarantine.waiting(house.settings, store),
    )


def _as_json(house: House, now: Now) -> dict[str, object]:
    return {
        "sources": [
            {
                "name": facts.source,
                "complete": facts.answered,
                "read": facts.rows,
                "announced": facts.announced,
                "asked": look_ups.told(house, facts.source) or None,
                "rejected": facts.rejected,
                "covers": {"from": facts.starts, "to": facts.ends},
                "units": [
                    {
                        "unit": one.unit,
                        "complete": one.answered,
                        "covers": {"from": one.starts, "to": one.ends},
                        "unread_since": one.unread_since,
                        "declared_until": uneven.declared_until(declared, one.unit),
                    }
                    for declared in (_declared(house, facts.source),)
                    for one in facts.by_unit()
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
            for facts in now.sources
        ],
        "service": {
            "ready": now.service.ready,
            "queue": now.waiting.count,
            "problems": [
                {"name": one.name, "said": one.said, "to_do": one.to_do}
                for one in health.problems(now.service)
            ],
            "backup": now.backup,
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
        "discrepancies": now.states,
        "running": None if now.running is None else _running_as_json(*now.running),
        "runs": [
            {"id": one.id, "state": one.state.value, "exit_code": one.exit_code} for one in now.runs
        ],
    }


def _running_as_json(run: Run, stands: RunProgress) -> dict[str, object]:
    def part(one: RunPart) -> dict[str, object]:
        return {
            "name": one.name,
            "done": one.done,
            "total": one.total,
            "error": one.problem or None,
        }

    return {
        "id": run.id,
        "step": run.progress.step,
        "source": run.progress.source or None,
        "sources": [part(one) for one in stands.sources],
        "units": [part(one) for one in stands.units],
        "seconds_left": None if stands.left is None else round(stands.left.total_seconds()),
    }


def _show_sources(house: House, sources: Sequence[SourceFacts]) -> None:
    asked = {facts.source: look_ups.told(house, facts.source) for facts in sources}
    lines = table(
        "Nguồn", "Là", "Đọc đủ", "Dòng", "Lỗi", "Từ ngày", "Đến ngày", "Vấn đề", right=(3, 4)
    )
    for facts in sources:
        source = house.settings.source(facts.source)
        role = ROLES[source.role if source else Role.REGISTER]
        ok = "[green]✓[/]" if facts.answered else "[bold red]CHƯA[/]"
        lines.add_row(
            facts.source,
            role,
            ok,
            number(facts.rows) + (f"/{number(facts.announced)}" if facts.announced else ""),
            number(facts.rejected),
            day(facts.starts),
            day(facts.ends),
            "; ".join(filter(None, (*_wrong(house, facts), asked[facts.source]))),
        )
    answer(lines)


def _wrong(house: House, facts: SourceFacts) -> Iterator[str]:
    """What keeps a source from being read in full."""
    if facts.problem:
        yield _problem(facts.problem, facts.unread_at or facts.unread_since, house)
    if facts.trail_problem:
        yield f"nhật ký liên thông chưa đọc được: {facts.trail_problem.rstrip('.')}"


def _show_uneven(house: House, sources: Sequence[SourceFacts]) -> None:
    """Which units of a source are read otherwise than the others."""
    for facts in sources:
        for said in _uneven(house, facts):
            answer(f"  {facts.source}: {said}", markup=False)


def _uneven(house: House, facts: SourceFacts) -> tuple[str, ...]:
    source = house.settings.source(facts.source)
    role = source.role if source else Role.REGISTER
    books, name = _declared(house, facts.source), house.tables.units.name
    found = uneven.uneven(facts, role, books, name, house.clock.zone)
    return (*found.unread, *found.otherwise)


def _show_notices(found: Sequence[Notice]) -> None:
    for one in found:
        answer(f"  ✗ {one.said}", markup=False)
        answer(f"    {one.to_do}", markup=False)


def _show_quarantine(files: Sequence[quarantine.Quarantined]) -> None:
    """Silent while every file of the inboxes was taken in."""
    if not files:
        return
    first, *others = quarantine.told(files)
    answer()
    answer(f"Hộp nhận: {first}", markup=False)
    for line in others:
        answer(f"  ✗ {line}", markup=False)
    answer(f"  {quarantine.TO_DO}", markup=False)


def _show_units(house: House, sources: Sequence[SourceFacts]) -> None:
    """The interval that each source proves of each unit, and until when its book is declared."""
    lines = table("Nguồn", "Đơn vị", "Đọc đủ", "Từ ngày", "Đến ngày", "Sổ khai đủ đến", "Vấn đề")
    for facts in sources:
        declared = _declared(house, facts.source)
        for one in facts.by_unit():
            lines.add_row(
                facts.source,
                house.tables.units.name(one.unit) or one.unit,
                "[green]✓[/]" if one.answered else "[bold red]CHƯA[/]",
                day(one.starts),
                day(one.ends),
                day(uneven.declared_until(declared, one.unit)),
                ""
                if one.answered
                else _problem(
                    "Tệp của đơn vị chưa đọc được", one.unread_at or one.unread_since, house
                ),
            )
    answer(lines)


def _declared(house: House, source: str) -> uneven.Declared:
    return uneven.declared(house.settings, house.tables, house.store, source)


def _problem(problem: str, since: date | datetime | None, house: House) -> str:
    return f"từ {hour(since, house.clock.zone)}: {problem}" if since else problem


def _show_runs(runs: Sequence[Run]) -> None:
    answer()
    if not runs:
        answer("Chưa có lượt đối soát nào. Chạy: doisoat run")
        return
    lines = table("Lượt", "Trạng thái", "Mã kết thúc", "Chốt ngày")
    for one in runs:
        lines.add_row(
            one.id,
            WORDS[one.state],
            "–" if one.exit_code is None else str(one.exit_code),
            day(one.scope.as_of),
        )
    answer(lines)
    for one in runs:
        if one.problem and one.state is not RunState.DONE:
            answer(f"  ✗ {one.id}: {one.problem}", markup=False)


def _show_running(run: Run, stands: RunProgress) -> None:
    """Source by source, unit by unit."""
    answer()
    answer(f"Đang chạy {run.id}: {detail_of(run, stands)}", markup=False)
    for part in stands.sources:
        mark = "…" if part.now else "✓" if part.is_done else " "
        where = run.progress.step if part.now else ""
        many = f"{number(part.done)}/{number(part.total)}" if part.total > 1 else ""
        answer(f"  {mark} {part.name} {many} {where} {part.problem}".rstrip(), markup=False)
    waits = [part.name for part in stands.units if not part.is_done]
    if waits:
        more = (
            f" và {number(len(waits) - MOST_UNITS)} đơn vị nữa" if len(waits) > MOST_UNITS else ""
        )
        answer(f"  Đơn vị chưa xong: {', '.join(waits[:MOST_UNITS])}{more}", markup=False)


def _show_states(states: Counter[str]) -> None:
    answer()
    told = [f"{STATES[State(name)]}: {number(count)}" for name, count in sorted(states.items())]
    answer(" · ".join(told) if told else "Chưa có hồ sơ lệch nào được ghi nhận.", markup=False)


def _show_mails(now: Now, zone: tzinfo) -> None:
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


def _show_service(house: House, now: Now) -> None:
    """Quiet where the office runs everything by hand: nothing waits and nobody ever served."""
    answer()
    if house.store.schedule.last_beat(BEAT) is None:
        if now.waiting.count:
            count = number(now.waiting.count)
            answer(f"{count} lượt đang chờ mà dịch vụ nền chưa chạy lần nào.", markup=False)
        answer("Dịch vụ nền chưa chạy. Muốn tự chạy theo lịch: doisoat serve")
        return
    bad = [one for one in health.problems(now.service) if not one.name.startswith("source:")]
    if stopped := house.store.schedule.stopped(BEAT):
        at = hour(stopped.clock, house.clock.zone)
        waits = f"{number(now.waiting.count)} lượt đang chờ"
        answer(f"Dịch vụ nền: đã dừng theo yêu cầu lúc {at} · {waits}", markup=False)
        answer("  Chạy lại: systemctl start doisoat (hoặc doisoat serve)", markup=False)
        return
    running = "[green]chạy tốt[/]" if now.service.ready else "[bold red]KHÔNG LÀM VIỆC ĐƯỢC[/]"
    answer(f"Dịch vụ nền: {running} · {number(now.waiting.count)} lượt đang chờ")
    for one in bad:
        answer(f"  ✗ {one.said} {one.to_do}", markup=False)
    kept = f"bản mới nhất ngày {day(now.backup)}" if now.backup else "chưa có bản nào"
    answer(f"Sao lưu tự động: {kept}", markup=False)
    coming = [
        f"{JOBS.get(one.name, one.name)} {one.next_at.astimezone(house.clock.zone):%H:%M %d/%m}"
        for one in now.planned[:3]
    ]
    if coming:
        answer(f"Sắp tới: {' · '.join(coming)}", markup=False)
