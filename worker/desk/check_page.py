"""A risk-limiting check as its page shows it: three steps, papers to type, one chart.

What the steps do stands in ``samples.py``; here is who may see which check, and how it is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from connectors import cells
from reconcile.figures import checking
from reconcile.figures.checking import Claimed, Seen, SeenPaper
from reconcile.figures.frozen import Placed
from reconcile.text.vietnamese import unit_key
from worker.desk import filled_sheets, samples
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.reports import check_sheets, sampled
from worker.reports.freezes import title
from worker.reports.sampled import CLAIMS
from worker.reports.sheets import sheet_name
from worker.run import sample_checks
from worker.run.sample_checks import CheckNow, ClaimNow
from worker.store.checks import SampleCheck
from worker.words import COLUMNS, inner, span

#: Points of a chart; each is an interval of its own.
LOOKS = 16
#: What a checker may choose instead of a day.
FOUND_NOTHING = {Seen.PENDING: check_sheets.PENDING, Seen.MISSING: check_sheets.MISSING}


@dataclass(frozen=True, slots=True)
class FrozenChoice:
    """A frozen period that may be checked, and its newest check if there is one."""

    name: str  # of the checks: 2024-Q1, of one unit 2024-Q1@X01
    period: str
    unit: str
    version: str
    starts: date
    ends: date
    state: str  # in words; empty: no check yet


@dataclass(frozen=True, slots=True)
class LookPoint:
    """The interval of a claim after so many papers."""

    papers: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim of a check, planned and proven by now; texts are empty before the first result."""

    claimed: str
    title: str
    size: int
    margin: str
    papers: tuple[int, ...]
    drawn: int
    unanswered: int
    wrong: int | None
    missing: int | None
    span: str
    verdict: str
    more: int  # further papers that would be needed; 0: none, or all should be counted
    reported: float
    width: float  # of the margin, as a fraction of the list
    looks: tuple[LookPoint, ...]

    @property
    def is_rate(self) -> bool:
        """Whether it is of the late rate, and not of how many stand wrongly."""
        return self.claimed == Claimed.LATE_RATE.value


@dataclass(frozen=True, slots=True)
class PaperAgainstLine:
    """A paper that contradicts the figures, or was not found."""

    code: str
    unit: str
    ours: str
    paper: str
    cause: str


@dataclass(frozen=True, slots=True)
class PaperToType:
    """A drawn dossier whose paper nobody looked up yet: where it lies, and nothing of ours."""

    key: str
    code: str
    unit: str
    place: str


@dataclass(frozen=True, slots=True)
class CheckPage:
    """All that the page of a check shows."""

    name: str
    check: str
    period: str
    unit: str
    version: str
    frozen_at: datetime
    frozen_by: str
    dossiers: int
    manifest_hash: str
    planned_at: datetime
    seed: str
    witnesses: str
    ended_on: date | None
    reason: str
    going_on: bool
    drawn: int
    unanswered: int
    units: tuple[tuple[str, int], ...]  # by unit, sheets to fill in
    claims: tuple[ClaimLine, ...]
    against: tuple[PaperAgainstLine, ...]


def choices(house: House, actor: Actor) -> tuple[FrozenChoice, ...]:
    """The frozen periods that the actor may check, newest first; of one unit where they see one."""
    actor.need(Right.INSPECT)
    newest = {version.name: version for version in house.store.periods.all()}
    units = [""] if actor.units is None else sorted(actor.units)
    known: dict[str, SampleCheck] = {}
    for one in house.store.checks.all():
        known[one.name.rpartition("#")[0]] = one
    whole = [name for name in known if "@" in name and actor.units is None]
    names = [
        (period, samples.of_unit(period, unit) if unit else period)
        for period in newest
        for unit in units
    ]
    names += [(name.partition("@")[0], name) for name in whole]
    found = []
    for period, name in names:
        version, check = newest[period], known.get(name)
        unit = name.partition("@")[2]
        found.append(
            FrozenChoice(
                name,
                period,
                house.tables.units.name(unit) if unit else "",
                title(version.number),
                version.starts,
                version.ends,
                _state(check, version.number) if check else "",
            )
        )
    return tuple(sorted(found, key=lambda one: (one.ends, one.name), reverse=True))


def _state(check: SampleCheck, newest: int) -> str:
    if check.end is not None:
        return "đã kết thúc"
    if check.plan.version != newest:
        return "hết hiệu lực: kỳ có bản số liệu mới"
    return "đã gieo số" if check.seed else "đã có kế hoạch, chưa gieo số"


def begin(
    house: House, actor: Actor, period: str, unit: str, *, asked: Mapping[str, str], risk: str
) -> str:
    """Plan a check; its name. ``asked`` (by ``Claimed``) and ``risk`` are percentages as people
    write them."""
    actor.need(Right.INSPECT)
    name = samples.of_unit(period, unit) if unit else period
    _open_to(actor, name)
    claims = {Claimed(one): part for one, text in asked.items() if (part := _percent(text))}
    units: tuple[str, ...] = ()
    if unit:
        units = tuple(sorted({*house.tables.units.children(unit), unit, unit_key(unit)}))
    told_risk = _percent(risk) or Fraction(0)
    with _on_the_page("Mở cuộc kiểm tra đó ở bảng dưới; muốn làm cuộc khác thì kết thúc nó trước."):
        samples.plan(house, name, by=actor.who, claims=claims, risk=told_risk, units=units)
    return name


@contextmanager
def _on_the_page(hint: str) -> Iterator[None]:
    """What is refused is told as it is; ``hint`` stands where a command would."""
    try:
        yield
    except Refused as error:
        shell = "doisoat " in error.hint or "--" in error.hint
        raise Refused(error.text, hint if shell else error.hint) from None


def planless(house: House, actor: Actor, name: str) -> FrozenChoice:
    """A frozen period that may be checked and is not yet. Raises Unseen."""
    found = next((one for one in choices(house, actor) if one.name == name), None)
    if found is None:
        raise Unseen(name)
    return found


def page(house: House, actor: Actor, name: str) -> CheckPage:
    """A check as it stands now. Raises Unseen where there is none for this actor."""
    actor.need(Right.INSPECT)
    now = _held(house, actor, name)
    check, zone = now.check, house.clock.zone
    unit = name.partition("@")[2]
    newest = max(one.number for one in house.store.periods.all() if one.name == check.period)
    end = check.end
    return CheckPage(
        name=name,
        check=check.name,
        period=span(now.frozen.starts, now.frozen.ends),
        unit=house.tables.units.name(unit) if unit else "",
        version=title(now.frozen.number),
        frozen_at=now.frozen.at.astimezone(zone),
        frozen_by=now.frozen.by,
        dossiers=len(now.placed),
        manifest_hash=check.plan.manifest_hash,
        planned_at=check.steps[0].at.astimezone(zone),
        seed=check.seed.digits if check.seed else "",
        witnesses=check.seed.witnesses if check.seed else "",
        ended_on=end.at.astimezone(zone).date() if end else None,
        reason=end.act.reason if end else "",  # type: ignore[union-attr]
        going_on=end is None and newest == check.plan.version,
        drawn=len(now.drawn),
        unanswered=len(now.unanswered),
        units=_sheets(house, now.unanswered),
        claims=tuple(_claim(now, part) for part in now.parts),
        against=tuple(_against(house, now)),
    )


def to_type(
    house: House, actor: Actor, name: str, *, after: str = "", limit: int = 20
) -> tuple[PaperToType, ...]:
    """The drawn dossiers without an answer, in shelf order, behind that key."""
    actor.need(Right.INSPECT)
    now = _held(house, actor, name)
    placed = samples.on_shelves(house, now.unanswered)
    unit = house.tables.units.name
    lines = [
        PaperToType(one.key, one.code, unit(one.unit) or one.unit, one.proof) for one in placed
    ]
    lines.sort(key=lambda one: (one.unit, one.place, one.code))
    start = next((at + 1 for at, one in enumerate(lines) if one.key == after), 0)
    return tuple(lines[start : start + limit])


def throw(house: House, actor: Actor, name: str, digits: str, witnesses: str) -> int:
    """Keep the seed; how many dossiers it drew."""
    actor.need(Right.INSPECT)
    _open_to(actor, name)
    with _on_the_page("Lập kế hoạch trước (bước 1); ghi tên người chứng kiến ở ô bên dưới."):
        now = samples.throw(house, name, digits, by=actor.who, witnesses=witnesses)
    return len(now.drawn)


def draw_more(house: House, actor: Actor, name: str, claimed: str, count: int) -> None:
    """Draw further papers of the same seed."""
    actor.need(Right.INSPECT)
    _open_to(actor, name)
    with _on_the_page("Gieo số trước (bước 2)."):
        samples.draw(house, name, {Claimed(claimed): count}, by=actor.who)


def typed(
    house: House, actor: Actor, name: str, rows: Iterable[Sequence[str]], first: str, second: str
) -> int:
    """Keep what two checkers found, row by row: key, day in the book, day of return, or what else.

    How many are new. A row that is blank is left alone. Raises Refused, with the dossier's code.
    """
    actor.need(Right.INSPECT)
    now = _held(house, actor, name)
    codes = {one.key: one.code for one in now.drawn}
    papers = [
        paper for row in rows if (paper := _paper(*row, code=codes.get(row[0], ""))) is not None
    ]
    if not papers:
        raise Refused("Chưa ghi dòng nào.", "Ghi ngày theo sổ, hoặc chọn kết quả tìm.")
    return samples.answer(house, name, papers, by=first, second=second)


def taken_back(house: House, actor: Actor, name: str, file: Path) -> tuple[int, tuple[str, ...]]:
    """Keep a sheet that was filled in as a workbook: how many are new, and what was not understood.

    Raises Refused, also where the file is none of ours.
    """
    actor.need(Right.INSPECT)
    _open_to(actor, name)
    try:
        filled = filled_sheets.read(file, house.settings)
    except Refused as error:
        hint = "Nạp đúng tệp phiếu đã tải về."
        raise Refused(f"Không đọc được phiếu: {error.text}", hint) from None
    fresh = samples.answer(house, name, filled.papers, by=filled.first, second=filled.second)
    return fresh, filled.problems


def close(house: House, actor: Actor, name: str, reason: str) -> None:
    """End the check by what it proves now."""
    actor.need(Right.INSPECT)
    _open_to(actor, name)
    with _on_the_page("Ghi vì sao hủy."):
        samples.close(house, name, by=actor.who, reason=reason)


def sheet(house: House, actor: Actor, name: str, number: int) -> tuple[str, bytes]:
    """The blind sheet of the unit with that number among those to fill in: its name, its bytes."""
    actor.need(Right.INSPECT)
    now = _held(house, actor, name)
    made = samples.sheets(house, now)
    if not 0 <= number < len(made):
        raise Unseen(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phieu.xlsx"
        check_sheets.write(made[number], path)
        return f"phieu {sheet_name(made[number].unit, set())}.xlsx", path.read_bytes()


def published(house: House, actor: Actor, name: str, file: str) -> bytes:
    """One of the two files from which everybody can verify the check."""
    actor.need(Right.INSPECT)
    now = _held(house, actor, name)
    if file not in (samples.MANIFEST, samples.RECORD):
        raise Unseen(file)
    with tempfile.TemporaryDirectory() as folder:
        samples.publish(now, Path(folder))
        return (Path(folder) / file).read_bytes()


def _open_to(actor: Actor, name: str) -> None:
    """A check of the whole office is for those who see it whole, one of a unit for who sees it."""
    unit = name.partition("@")[2]
    if actor.units is not None and unit not in actor.units:
        raise Unseen(name)


def _held(house: House, actor: Actor, name: str) -> CheckNow:
    _open_to(actor, name)
    known = house.store.checks.of(name)
    if not known:
        raise Unseen(name)
    return sample_checks.as_it_stands(house, known[-1])


def _sheets(house: House, unanswered: Iterable[Placed]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for one in unanswered:
        unit = house.tables.units.name(one.unit) or one.unit
        counts[unit] = counts.get(unit, 0) + 1
    return tuple(sorted(counts.items()))


def _claim(now: CheckNow, part: ClaimNow) -> ClaimLine:
    planned, known = part.planned, part.outcome
    rate = planned.claimed is Claimed.LATE_RATE
    more = known.needed - known.drawn if known and not known.proven and not known.count_all else 0
    return ClaimLine(
        claimed=planned.claimed.value,
        title=CLAIMS[planned.claimed],
        size=planned.size,
        margin=sampled.margin(planned) if rate else f"không quá {sampled.margin(planned)}",
        papers=planned.papers,
        drawn=len(part.drawn),
        unanswered=len(part.unanswered),
        wrong=known.too_kind + known.too_harsh if known else None,
        missing=known.missing if known else None,
        span=sampled.span(known) if known else "",
        verdict=sampled.verdict(planned, known) if known else "",
        more=more,
        reported=planned.reported / planned.size if rate else 0.0,
        width=float(planned.margin),
        looks=tuple(_looks(now, part)),
    )


def _looks(now: CheckNow, part: ClaimNow) -> Iterable[LookPoint]:
    """The interval after each of some numbers of papers, in the order of the lots."""
    answered = len(part.drawn) - len(part.unanswered)
    ready = next((at for at, key in enumerate(part.drawn) if key not in now.check.papers), answered)
    whole = checking.population(part.planned.claimed, now.placed)
    papers = {one.key: sample_checks.paper_of(one) for one in now.check.papers.values()}
    step = max(1, ready // LOOKS)
    for count in sorted({*range(step, ready, step), ready} - {0}):
        found = checking.outcome(part.planned, whole, part.drawn[:count], papers, now.window)
        yield LookPoint(count, float(found.interval.low), float(found.interval.high))


def _against(house: House, now: CheckNow) -> Iterable[PaperAgainstLine]:
    for one in sample_checks.contradicting(now):
        yield PaperAgainstLine(
            code=one.placed.code,
            unit=house.tables.units.name(one.placed.unit) or one.placed.unit,
            ours=inner(COLUMNS[one.placed.after]),
            paper=sampled.paper_says(one.paper, one.says),
            cause=sampled.cause(one.placed.after, one.says),
        )


def _paper(key: str, registered: str, returned: str, seen: str, *, code: str) -> SeenPaper | None:
    """One row as it was typed; None where it is blank."""
    days = []
    for text in (registered, returned):
        found, why = cells.day(text.strip())
        if why:
            raise Refused(f"Hồ sơ {code}: {text.strip()} không phải một ngày ({why}).")
        days.append(found)
    if seen and any(days):
        raise Refused(f"Hồ sơ {code}: vừa có ngày vừa chọn “{FOUND_NOTHING[Seen(seen)]}”.")
    if seen:
        return SeenPaper(key, Seen(seen))
    return SeenPaper(key, Seen.FOUND, *days) if any(days) else None


def _percent(text: str) -> Fraction:
    """``5`` or ``0,5`` percent as an exact fraction; 0 where nothing is written."""
    try:
        return Fraction(text.strip().replace(",", ".") or "0") / 100
    except ValueError:
        raise Refused(f"“{text}” không phải một tỷ lệ phần trăm.", "Viết như 5 hoặc 0,5.") from None
