"""``run``, ``report``: starting a run and reading how it went."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.markup import escape
from rich.progress import Progress as Bar

from connectors.registry import FILE_KINDS
from reconcile.scope import Scope
from worker import reports
from worker.cli import handing, scopes
from worker.cli.options import actor, house_of
from worker.cli.output import (
    DAY,
    DONE,
    config_option,
    console,
    json_option,
    number,
    percent,
    progress_bar,
    put_json,
    say,
    table,
)
from worker.clock import pause
from worker.house import House
from worker.reports import Contents
from worker.reports.figures import NO_RATES, RateRange
from worker.reports.firstpage import FirstPage
from worker.reports.signs import SIGNS_TITLE
from worker.run import file_questions, leases, story
from worker.run.notices import notices
from worker.run.requests import Outcome, Request, Unmasked
from worker.store import Progress, Run, RunState, Store

#: How the folder of a trial's copy is called in data_dir; its process number follows.
TRIAL = ".trial-"

period_options = (
    click.option("--from", "starts", type=DAY, help="Từ ngày (tiếp nhận)."),
    click.option("--to", "ends", type=DAY, help="Đến ngày (tiếp nhận)."),
    click.option(
        "--period", "named", metavar="KỲ", help="Kỳ: 2024-Q1, 2024-03, 2024-6T, 2024-9T hoặc 2024."
    ),
    click.option("--as-of", "as_of", type=DAY, help="Ngày chốt: việc sau đó coi như chưa biết."),
    click.option("--unit", "units", multiple=True, metavar="ĐƠN-VỊ", help="Chỉ đơn vị này."),
    click.option(
        "--procedure",
        "procedures",
        multiple=True,
        metavar="THỦ-TỤC",
        help="birth, birth_linked, death, death_linked hoặc một mã thủ tục (lặp lại được).",
    ),
)


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Nơi ghi báo cáo.")
@click.option("--dry-run", is_flag=True, help="Chạy thử: không ghi nhớ gì, không để lại báo cáo.")
@click.option(
    "--queue", "queued", is_flag=True, help="Ghi nhận lượt chạy, giao cho dịch vụ nền và theo dõi."
)
@click.option("--fail-on-open", is_flag=True, help="Mã kết thúc 1 khi còn hồ sơ chưa khớp.")
@json_option
def run(
    config_file: Path,
    out: Path | None,
    dry_run: bool,
    fail_on_open: bool,
    queued: bool,
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
        handing.over(house, Request(scope=scope, fail_on_open=fail_on_open), out, as_json=as_json)
    with trial(house) if dry_run else _real(house) as (working, folder):
        request = Request(
            scope=scopes.scope(working, **asked),
            out=folder or out,
            fail_on_open=fail_on_open,
        )
        outcome = _ran(working, request, as_json=as_json)
        if as_json:
            put_json(msgspec.json.decode(reports.run_json(outcome.contents, dict(outcome.files))))
        else:
            summarise(outcome, trial=dry_run)
    raise click.exceptions.Exit(outcome.exit_code)


for option in reversed(period_options):
    run = option(run)


def _tell_notices(house: House) -> None:
    """What makes this run count otherwise than the last, before it begins."""
    for one in notices(house.settings, house.store, house.clock.today()):
        say(f"Lưu ý: {one.said}", markup=False)
        say(f"  {one.to_do}", markup=False)


def _ran(house: House, request: Request, *, as_json: bool) -> Outcome:
    """Run, once whoever works on another scope is done; the same scope is followed instead."""
    while True:
        try:
            with _bar() as tell:
                return story.run(house, request, tell)
        except leases.Busy as busy:
            other = house.store.run(busy.run_id)
            if other is not None and other.scope == request.scope and request.out is None:
                _follow(house, busy.run_id, as_json=as_json)
                continue
            say(f"Đang có lượt đối soát {busy.run_id}, phạm vi khác; chờ xong sẽ chạy.")
        while house.store.lease_holder(leases.ALL) is not None:
            pause(0.5)


@contextmanager
def _real(house: House) -> Iterator[tuple[House, Path | None]]:
    yield house, None


def sweep_trials(data: Path) -> None:
    """Remove the copies of trials whose process was killed. Only the owner ever could read them."""
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(f"{TRIAL}*"):
        number = left.name.removeprefix(TRIAL).partition("-")[0]
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def trial(house: House) -> Iterator[tuple[House, Path | None]]:
    """The same house over a copy of its store; everything it writes is thrown away."""
    sweep_trials(house.settings.office.data_dir)
    with (
        tempfile.TemporaryDirectory(
            prefix=f"{TRIAL}{os.getpid()}-", dir=house.settings.office.data_dir
        ) as folder,
        closing(Store.open(f"sqlite:///{folder}/trial.db", sources=house.store.sources)) as copy,
    ):
        house.store.copy_to(copy)
        yield replace(house, store=copy), Path(folder) / "report"


@contextmanager
def _bar() -> Iterator[story.Tell]:
    with progress_bar() as bar:
        task = bar.add_task("Bắt đầu", total=None, detail="")
        yield lambda progress: _draw(bar, task, progress)


def _draw(bar: Bar, task: object, progress: Progress) -> None:
    what = f"{progress.step} “{progress.source}”" if progress.source else progress.step
    if progress.done:
        detail = f"{number(progress.done)} tệp"
    else:
        detail = f"{number(progress.total)} dòng" if progress.total else ""
    bar.update(task, description=what, detail=detail)  # type: ignore[arg-type]


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


def summarise(outcome: Outcome, *, trial: bool = False) -> None:
    """The story of a run in a screenful: what was not read, the three numbers, the rate, where."""
    page = outcome.contents.page
    if page.unread:
        say("[bold red]CHƯA ĐỌC ĐỦ[/] – phần liên quan chưa kết luận:")
        missing = {source.name: source.missing for source in outcome.contents.page.sources}
        for unread in page.unread:
            said = next(
                (text for name, text in missing.items() if f"({name})" in unread.source), ""
            )
            say(f"  ✗ {unread.source}: {said or unread.problem}", markup=False)
        say()
    say(f"[bold]{page.title}[/]")
    office = f"{page.office}, {page.unit}" if page.unit else page.office
    say(f"{office} · {page.period} · {page.as_of}", markup=False)
    say(page.read_at, markup=False)
    say(page.conclusion, markup=False)
    say()
    lines = table("", "", "", right=(1,))
    lines.show_header = False
    for count in (*page.headline, *page.effects):
        lines.add_row(count.label, f"[bold]{number(count.count)}[/]", escape(count.note))
    console.print(lines)
    for rate in page.rates:
        say(_rate_line(rate), markup=False)
    if not page.rates:
        say(NO_RATES)
    if page.decided:
        say(f"Cách ghép: {page.decided}.", markup=False)
    for text in (*page.first_read, *page.movements, *(f"Lưu ý – {text}" for text in page.warnings)):
        say(text, markup=False)
    _signs(page)
    _units(outcome.contents)
    _not_judged(outcome.contents)
    say()
    for text in page.warnings:
        if file_questions.TO_DO in text:
            say(f"? {text}", markup=False)
    if outcome.backdated:
        say("Ngày chốt sớm hơn lần đã xét gần nhất: chỉ viết tệp, không đổi trạng thái hồ sơ nào.")
    if trial:
        say("Chạy thử: không ghi nhớ gì, báo cáo không được giữ lại.")
        return
    for name in ("doi-soat.xlsx", "doi-soat.html", "trinh-ky.docx", "giai-trinh.docx"):
        if name in outcome.files:
            say(f"Báo cáo: {outcome.folder / name}", markup=False)
    if not page.signable:
        say("Không lập văn bản trình ký: kỳ này chưa đọc đủ dữ liệu.")
    _to_do(page)


def _signs(page: FirstPage) -> None:
    """What looks unusual in the registers: where to look, no verdict."""
    if not page.signs:
        return
    say()
    say(f"[bold yellow]{SIGNS_TITLE}[/] (không phải kết luận):")
    for sign in page.signs:
        (unit, seen), *others = sign.units
        more = f" và {len(others)} đơn vị khác" if others else ""
        say(f"  · {sign.what} – {unit}: {seen}{more}", markup=False)


def _to_do(page: FirstPage) -> None:
    """What the person at the terminal does about the sources that were not read."""
    silent = [source for source in page.sources if not source.complete]
    for source in silent:
        if source.folder:
            say(
                f"Việc cần làm: chép tệp vào thư mục {source.folder}, chạy lại: doisoat run",
                markup=False,
            )
    there = [source for source in silent if not source.folder]
    if any(source.missing for source in there):
        say("Việc cần làm: xuất lại tệp cho đủ kỳ, chép vào hộp nhận, chạy lại: doisoat run")
    unread = {source.kind in FILE_KINDS for source in there if not source.missing}
    if True in unread:
        say(
            "Việc cần làm: xem lý do ở trên; tệp hỏng thì xuất lại và chép đè lên tệp cũ; "
            "chạy lại: doisoat run"
        )
    if False in unread:
        say("Việc cần làm: xem vì sao không hỏi được nguồn: doisoat check; chạy lại: doisoat run")


def _rate_line(rate: RateRange) -> str:
    return (
        f"Tỷ lệ quá hạn, {rate.formula}: đếm lại {percent(rate.recorded)} → "
        f"sau đối chiếu {percent(rate.reconciled)} (thấp nhất {percent(rate.low)} nếu mọi hồ sơ "
        f"chưa rõ đều đúng hạn, cao nhất {percent(rate.high)} nếu đều quá hạn)"
    )


def _units(contents: Contents) -> None:
    # A unit of which nothing is known but that nothing could be judged is told on page one.
    busy = [unit for unit in contents.units if unit.stuck or unit.overdue or unit.undetermined]
    shown = sorted(busy, key=lambda unit: (-(unit.stuck or 0), unit.unit))[:10]
    if not shown:
        return
    say()
    lines = table(
        "Đơn vị",
        "Đã trả, chưa kết thúc",
        "Quá hạn thật",
        "Chưa kết luận được",
        "trong đó quá hạn",
        right=(1, 2, 3, 4),
    )
    for unit in shown:
        counts = (unit.stuck, unit.overdue, unit.undetermined, unit.undetermined_overdue)
        lines.add_row(unit.unit, *map(number, counts))
    console.print(lines)
    if len(busy) > len(shown):
        say(f"… và {len(busy) - len(shown)} đơn vị khác trong báo cáo.", markup=False)


def _not_judged(contents: Contents) -> None:
    """What could not be judged, a line a reason: the report has it by kind and unit."""
    kinds: dict[str, set[str]] = {}
    for row in contents.page.not_judged:
        kinds.setdefault(row.reason, set()).add(row.label)
    if not kinds:
        return
    say()
    say("[bold]Vì sao chưa kết luận:[/]")
    for reason, labels in kinds.items():
        first, *others = sorted(labels)
        more = f" và {len(others)} loại khác" if others else ""
        say(f"  · {first}{more} – {reason}", markup=False)


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--run", "run_id", metavar="LƯỢT", help="Viết lại báo cáo của lượt này.")
@click.option(
    "--format",
    "formats",
    default="xlsx,html,docx,json",
    show_default=True,
    metavar="DẠNG",
    help="Các dạng, cách nhau bằng dấu phẩy.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Nơi ghi báo cáo.")
@click.option(
    "--full-names", is_flag=True, help="Ghi đầy đủ họ tên; phải có --reason, được ghi nhận."
)
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao cần đầy đủ họ tên.")
def report(
    config_file: Path,
    run_id: str | None,
    formats: str,
    out: Path | None,
    full_names: bool,
    reason: str,
    **asked: Any,
) -> None:
    """Viết báo cáo từ dữ liệu đã lưu, không đọc lại nguồn.

    Có --run: viết lại đúng báo cáo của lượt đó. Có kỳ: báo cáo của kỳ đó. Không ghi gì: lượt cuối.
    Lượt cũ chỉ giữ chữ cái đầu của họ tên; --full-names lập báo cáo mới từ dữ liệu đã lưu.
    """
    chosen = _formats(formats)
    in_full = _unmasked(reason, run_id) if full_names else None
    if reason and not full_names:
        raise click.UsageError("--reason chỉ dùng với --full-names.")
    house = house_of(config_file)
    if in_full or (run_id is None and any(asked.values())):
        scope = scopes.scope(house, **asked) if any(asked.values()) else _last_scope(house)
        request = Request(
            scope, trigger="report", poll=False, out=out, formats=chosen, in_full=in_full
        )
        with _bar() as tell:
            outcome = story.run(house, request, tell)
        summarise(outcome)
        raise click.exceptions.Exit(outcome.exit_code)
    wanted = run_id or _last_run(house)
    packed = house.store.contents(wanted)
    if packed is None:
        raise click.UsageError(f"Không còn giữ nội dung của lượt “{wanted}”. Xem: doisoat status")
    folder = out or house.settings.office.data_dir / "reports" / wanted
    for name in reports.write(reports.unpack(packed), folder, chosen):
        say(f"Đã viết {folder / name}", markup=False)


for option in reversed(period_options):
    report = option(report)


def _unmasked(reason: str, run_id: str | None) -> Unmasked:
    """Who asks for whole names, and why."""
    if not reason.strip():
        raise click.UsageError("--full-names phải kèm --reason: vì sao cần đầy đủ họ tên.")
    if run_id is not None:
        raise click.UsageError(
            "Lượt cũ chỉ giữ chữ cái đầu của họ tên. Bỏ --run, ghi kỳ bằng --period."
        )
    return Unmasked(by=actor(), reason=reason.strip())


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in chosen if part not in reports.FORMATS]
    if wrong or not chosen:
        raise click.UsageError(
            f"Không có dạng “{', '.join(wrong)}”; chọn trong: {', '.join(reports.FORMATS)}"
        )
    return chosen


def _last_run(house: House) -> str:
    return _last_done(house).id


def _last_scope(house: House) -> Scope:
    return _last_done(house).scope


def _last_done(house: House) -> Run:
    done = [one for one in house.store.runs() if one.state is RunState.DONE]
    if not done:
        raise click.UsageError("Chưa có lượt đối soát nào. Chạy: doisoat run")
    return done[0]
