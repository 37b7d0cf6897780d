"""``run``: reading, reconciling and reporting, here and now or by the workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from reconcile.scope import Scope
from worker import reports
from worker.cli import handing, scopes
from worker.cli.options import actor, house_of, period_options
from worker.cli.output import (
    DONE,
    config_option,
    json_option,
    put_json,
    say,
)
from worker.cli.summary import run_bar, summarise
from worker.desk import run_here, runs
from worker.desk.actor import at_the_shell
from worker.desk.run_here import Outcome
from worker.desk.runs import RunState
from worker.desk.trial import trial
from worker.house import House


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Nơi ghi báo cáo.")
@click.option("--dry-run", is_flag=True, help="Chạy thử: không ghi nhớ gì, không để lại báo cáo.")
@click.option(
    "--queue", "queued", is_flag=True, help="Ghi nhận lượt chạy, giao cho dịch vụ nền và theo dõi."
)
@click.option(
    "--no-wait", "no_wait", is_flag=True, help="Không chờ đọc nguồn qua mạng: xét theo cái đã biết."
)
@click.option("--fail-on-open", is_flag=True, help="Mã kết thúc 1 khi còn hồ sơ chưa khớp.")
@json_option
@period_options
def run(
    config_file: Path,
    out: Path | None,
    dry_run: bool,
    fail_on_open: bool,
    queued: bool,
    no_wait: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Đối soát ngay: đọc các nguồn, ghép, xét, viết báo cáo.

    \b
    Ví dụ:  doisoat run --period 2024-Q1
            doisoat run --from 01/01/2024 --to 31/03/2024 --unit "Xã Tân Minh"
            doisoat run --period 2024-Q1 --queue
    """
    house = house_of(config_file)
    _tell_notices(house)
    if queued:
        if dry_run:
            raise click.UsageError("--dry-run chạy thử ngay tại đây, không dùng cùng --queue.")
        scope = scopes.scope(house, **asked)
        handing.over(
            house, scope, out, fail_on_open=fail_on_open, wait=not no_wait, as_json=as_json
        )
    with trial(house) if dry_run else _real(house) as (working, folder):
        scope = scopes.scope(working, **asked)
        outcome = _ran(
            working,
            scope,
            folder or out,
            fail_on_open=fail_on_open,
            wait=not no_wait,
            as_json=as_json,
        )
        if as_json:
            put_json(msgspec.json.decode(reports.run_json(outcome.contents, dict(outcome.files))))
        else:
            summarise(outcome, trial=dry_run)
    raise click.exceptions.Exit(outcome.exit_code)


def _tell_notices(house: House) -> None:
    """What makes this run count otherwise than the last, before it begins."""
    for one in run_here.noticed(house, at_the_shell(actor())):
        say(f"Lưu ý: {one.said}", markup=False)
        say(f"  {one.to_do}", markup=False)


def _ran(
    house: House, scope: Scope, out: Path | None, *, fail_on_open: bool, wait: bool, as_json: bool
) -> Outcome:
    """Run, once whoever works on another scope is done; the same scope is followed instead."""
    while True:
        try:
            with run_bar() as tell:
                done = run_here.run(
                    house,
                    at_the_shell(actor()),
                    scope,
                    tell,
                    out=out,
                    fail_on_open=fail_on_open,
                    wait=wait,
                )
        except KeyboardInterrupt:
            if kept := runs.kept(house):
                say(kept, markup=False)
            raise
        if isinstance(done, Outcome):
            return done
        if done.same:
            _follow(house, done.run_id, as_json=as_json)
            continue
        say(f"Đang có lượt đối soát {done.run_id}, phạm vi khác; chờ xong sẽ chạy.")
        run_here.await_free(house)


@contextmanager
def _real(house: House) -> Iterator[tuple[House, None]]:
    yield house, None


def _follow(house: House, run_id: str, *, as_json: bool) -> None:
    """Wait for the run that works on the same and answer with its result; return if it failed."""
    say(f"Đang có lượt đối soát {run_id}; theo dõi lượt đó.", markup=False)
    found = handing.follow(house, run_id, patience=0.0, give_up=0.0)  # nobody takes it up
    if found is None or found.state is not RunState.DONE:
        say("Lượt đó dừng giữa chừng; chạy lại từ đầu.", markup=False)
        return
    if as_json:
        put_json(msgspec.json.decode(found.summary))
    else:
        say(f"Lượt {run_id} đã xong.", markup=False)
    raise click.exceptions.Exit(found.exit_code or DONE)
