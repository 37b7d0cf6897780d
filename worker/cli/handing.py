"""``run --queue``: hand a run to the workers and follow it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from reconcile.scope import Scope
from worker.cli.options import actor
from worker.cli.output import (
    COULD_NOT_RUN,
    DONE,
    console,
    number,
    progress_bar,
    put_json,
    refusals,
    say,
)
from worker.desk import runs
from worker.desk.actor import at_the_shell
from worker.desk.refused import Refused
from worker.desk.runs import Run, RunProgress, RunState
from worker.house import House
from worker.words import about


def over(
    house: House,
    scope: Scope,
    out: Path | None,
    *,
    fail_on_open: bool,
    wait: bool,
    as_json: bool,
) -> NoReturn:
    """Record the run, hint at it, follow it and end with its exit code.

    A run that nobody starts is recorded all the same: that is told, and is no failure.
    """
    with refusals():
        asked = runs.start(
            house, at_the_shell(actor()), scope, fail_on_open=fail_on_open, wait=wait
        )
    if asked.shared:
        say(f"Đã có lượt {asked.run_id} cho đúng phạm vi này; theo dõi lượt đó.", markup=False)
    else:
        say(f"Đã ghi nhận lượt {asked.run_id}.", markup=False)
    try:
        found = follow(house, asked.run_id, patience=None if asked.reached else 0.0)
    except KeyboardInterrupt:
        say(f"Thôi theo dõi; lượt vẫn được chạy. Hủy: doisoat cancel {asked.run_id}", markup=False)
        raise click.exceptions.Exit(DONE) from None
    if found is None or found.state in (RunState.QUEUED, RunState.RUNNING):
        _will_start(asked.run_id, found, reached=asked.reached, as_json=as_json)
        raise click.exceptions.Exit(DONE)
    if found.state is not RunState.DONE:
        say(f"Lượt {found.id} không xong: {found.problem or 'xem nhật ký'}", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    _done(house, found, out, as_json=as_json)
    raise click.exceptions.Exit(found.exit_code or DONE)


def follow(
    house: House, run_id: str, *, patience: float | None, give_up: float | None = None
) -> Run | None:
    """The run as it was last seen; until then a bar on a terminal, a line a step elsewhere."""

    told = ""
    with progress_bar() as bar:
        task = bar.add_task("Chờ bắt đầu", total=None, detail="")

        def tell(found: Run, stands: RunProgress) -> None:
            nonlocal told
            step = _step(found)
            bar.update(task, description=step, detail=detail_of(found, stands))
            if step != told and not console.is_terminal:
                say(f"  {step}", markup=False)
            told = step

        return runs.follow(house, run_id, tell, patience=patience, give_up=give_up)


def detail_of(found: Run, stands: RunProgress) -> str:
    """How many sources and units are done, and about how long it will still take."""
    if found.state is not RunState.RUNNING:
        return ""
    told = [
        f"{number(sum(part.is_done for part in parts))}/{number(len(parts))} {word}"
        for parts, word in ((stands.sources, "nguồn"), (stands.units, "đơn vị"))
        if parts
    ]
    told += [
        f"{part.name} {number(part.done)}/{number(part.total)}"
        for part in stands.sources
        if part.now and part.total > 1
    ]
    if stands.left:
        told.append(f"còn khoảng {about(stands.left)}")
    return " · ".join(told)


def _step(found: Run) -> str:
    at = found.progress
    if found.state is RunState.QUEUED:
        return "Chờ bắt đầu"
    where = f" “{at.source}”" if at.source else ""
    of = f"/{number(at.total)}" if at.total and at.done else ""
    done = f" ({number(at.done)}{of})" if at.done else ""
    return f"{at.step or 'Bắt đầu'}{where}{done}"


def _will_start(run_id: str, found: Run | None, *, reached: bool, as_json: bool) -> None:
    if as_json:
        put_json({"id": run_id, "state": found.state.value if found else "queued"})
    why = "" if reached else " Hiện chưa liên lạc được với dịch vụ nền."
    say(f"Lượt {run_id} đã được ghi nhận và sẽ được chạy.{why}", markup=False)
    say("Dịch vụ nền chạy bằng: doisoat serve. Xem kết quả: doisoat status", markup=False)


def _done(house: House, found: Run, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        from worker.desk import documents  # what `status` shares with this file needs none

        with suppress(Refused):  # its contents were removed by now
            documents.write_again(house, at_the_shell(actor()), found.id, out)
    if as_json:
        put_json(msgspec.json.decode(found.summary))
        return
    folder = out or house.settings.office.data_dir / "reports" / found.id
    say(f"Lượt {found.id} đã xong. Báo cáo: {folder}", markup=False)
