"""How a run is told at the terminal: a bar while it goes on, a screenful when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import Progress as Bar

from config.sources import KINDS, FileSource
from worker.cli.output import console, number, percent, progress_bar, say, table
from worker.desk.run_here import TO_DO, Outcome, Progress, Tell
from worker.reports import Contents
from worker.reports.figures import NO_RATES, RateRange
from worker.reports.firstpage import FirstPage
from worker.reports.signs import SIGNS_TITLE

#: Kinds of source that are read from files.
_FILES = frozenset(kind for kind, model in KINDS.items() if issubclass(model, FileSource))


@contextmanager
def run_bar() -> Iterator[Tell]:
    """A bar, and what draws the steps of a run on it."""
    with progress_bar() as bar:
        task = bar.add_task("Bắt đầu", total=None, detail="")
        yield lambda progress: _draw(bar, task, progress)


def _draw(bar: Bar, task: object, progress: Progress) -> None:
    what = f"{progress.step} “{progress.source}”" if progress.source else progress.step
    if progress.told:
        detail = progress.told
    elif progress.done:
        detail = f"{number(progress.done)} tệp"
    else:
        detail = f"{number(progress.total)} dòng" if progress.total else ""
    bar.update(task, description=what, detail=detail)  # type: ignore[arg-type]


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
        if TO_DO in text:
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
    unread = {source.kind in _FILES for source in there if not source.missing}
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
