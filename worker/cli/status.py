"""``status``: what a tired person wants to know at night."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import click

from reconcile.claims import Role
from reconcile.labels import ROLES, STATES
from reconcile.lifecycle import State
from worker import asking, health
from worker.cli.speech import answer, config_option, day, json_option, number, put_json, table
from worker.health import Health
from worker.house import House, open_house
from worker.service import BEAT
from worker.store import Run, RunState, SourceFacts, Waiting


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@json_option
def status(config_file: Path, as_json: bool) -> None:
    """Các nguồn, mức đọc đủ, các lượt gần đây và số hồ sơ chưa khớp."""
    house = open_house(config_file, os.environ)
    sources = [house.store.coverage_facts(source.name) for source in house.settings.sources]
    runs = house.store.runs(5)
    states = Counter(one.state.value for one in house.store.discrepancies())
    waiting, service = house.store.queue.waiting(), health.look(house.settings)
    if as_json:
        put_json(
            {
                "sources": [
                    {
                        "name": facts.source,
                        "complete": facts.answered,
                        "read": facts.rows,
                        "announced": facts.announced,
                        "asked": asking.told(house, facts.source) or None,
                        "rejected": facts.rejected,
                        "covers": {"from": facts.starts, "to": facts.ends},
                        "unread_since": facts.unread_since,
                        "error": facts.problem or None,
                    }
                    for facts in sources
                ],
                "service": {
                    "ready": service.ready,
                    "queue": waiting.count,
                    "problems": [
                        {"name": one.name, "said": one.said, "to_do": one.to_do}
                        for one in health.problems(service)
                    ],
                },
                "discrepancies": states,
                "runs": [
                    {"id": one.id, "state": one.state.value, "exit_code": one.exit_code}
                    for one in runs
                ],
            }
        )
        return
    _show_sources(house, sources)
    _show_runs(runs)
    _show_states(states)
    _show_service(house, waiting, service)


def _show_sources(house: House, sources: list[SourceFacts]) -> None:
    asked = {facts.source: asking.told(house, facts.source) for facts in sources}
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
            "; ".join(
                filter(None, (_problem(facts.problem, facts.unread_since), asked[facts.source]))
            ),
        )
    answer(lines)


def _problem(problem: str, since: date | None) -> str:
    return f"từ {day(since)}: {problem}" if since else problem


def _show_runs(runs: list[Run]) -> None:
    answer()
    if not runs:
        answer("Chưa có lượt đối soát nào. Chạy: doisoat run")
        return
    lines = table("Lượt", "Trạng thái", "Mã kết thúc", "Chốt ngày")
    words = {
        RunState.QUEUED: "đang chờ",
        RunState.RUNNING: "đang chạy",
        RunState.DONE: "xong",
        RunState.FAILED: "không xong",
        RunState.CANCELLED: "đã hủy",
        RunState.QUARANTINED: "gác lại sau nhiều lần hỏng",
    }
    for one in runs:
        lines.add_row(
            one.id,
            words[one.state],
            "–" if one.exit_code is None else str(one.exit_code),
            day(one.scope.as_of),
        )
    answer(lines)


def _show_states(states: Counter[str]) -> None:
    answer()
    told = [f"{STATES[State(name)]}: {number(count)}" for name, count in sorted(states.items())]
    answer(" · ".join(told) if told else "Chưa có hồ sơ lệch nào được ghi nhận.", markup=False)


def _show_service(house: House, waiting: Waiting, service: Health) -> None:
    """Quiet where the office runs everything by hand: nothing waits and nobody ever served."""
    answer()
    if house.store.schedule.last_beat(BEAT) is None and not waiting.count:
        answer("Dịch vụ nền chưa chạy. Muốn tự chạy theo lịch: doisoat serve")
        return
    bad = [one for one in health.problems(service) if not one.name.startswith("source:")]
    running = "[green]chạy tốt[/]" if service.ready else "[bold red]KHÔNG LÀM VIỆC ĐƯỢC[/]"
    answer(f"Dịch vụ nền: {running} · {number(waiting.count)} lượt đang chờ")
    for one in bad:
        answer(f"  ✗ {one.said} {one.to_do}", markup=False)
