"""One dossier as its page shows it: one sentence, one next step, and each source beside the other.

Whole names are for who may see them, in their own units; the audit keeps who looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reconcile.cases import ANCHOR_ORDER, Link, LinkState, Method
from reconcile.claims import PENDING, Claim, Role, Verdict
from reconcile.judging import trail
from reconcile.judging.due import computed
from reconcile.judging.proof import blocks, book_text
from reconcile.labels import BRIEF_PROCEDURES, METHODS, ROLES, STATES
from reconcile.lifecycle import ITSELF, Discrepancy, State
from reconcile.text import codes
from reconcile.text.vietnamese import initials, name_key
from worker import words
from worker.desk import blanks, naming, search
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.search import Hit
from worker.house import House
from worker.reports.work import WorkRow

#: In the audit: somebody looked at whole names of a dossier.
NAMES_SEEN = "names.seen"
NOBODY = "đơn vị chưa phải làm gì"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One fact as each source writes it; ``differs`` marks the sources that contradict another."""

    title: str
    cells: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class SourceSide:
    """One source of a dossier: what it is called, when it was read, where it stands."""

    title: str
    read_on: date | None
    places: tuple[str, ...]
    unused: str = ""  # why a date of it is not used
    typed: tuple[str, ...] = ()  # which cells of the row a person typed, who and when


@dataclass(frozen=True, slots=True)
class TrailStep:
    """A step of a linked procedure; ``on`` is the day on which it was taken, None: it was not."""

    number: int
    name: str
    on: date | None
    taken: bool


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What happened to a discrepancy, when, by whom."""

    at: datetime
    by: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class RowBeside:
    """A register row beside a dossier: why, in words, and what a person said of the pair.

    ``answered`` is empty where nobody said that it is another one.
    """

    row: str
    dossier: str
    told: str
    answered: str


@dataclass(frozen=True, slots=True)
class NotedPaper:
    """A paper that somebody noted, by its number, as it is told."""

    id: int
    told: str


@dataclass(frozen=True, slots=True)
class DossierView:
    """All that the page of a dossier shows."""

    key: str
    code: str
    national_code: str
    procedure: str
    person: str
    unit: str
    received_on: date | None
    due_on: date | None
    computed_due_on: date | None  # by the table of procedures, where nobody named a due date
    overdue: int | None  # calendar days past due on ``judged_on``, where it is not known to be done
    judged_on: date | None  # None: today
    sentence: str
    next_step: str
    lead: Discrepancy | None  # what stands for it; None: nothing is open
    state: str
    also: tuple[str, ...]
    sides: tuple[SourceSide, ...]
    rows: tuple[ComparedRow, ...]
    linked: tuple[RowBeside, ...]
    doubtful: bool
    twin: str  # the other dossier where two may be one
    steps: tuple[TrailStep, ...]
    history: tuple[HistoryLine, ...]
    papers: tuple[NotedPaper, ...]


def by_code(house: House, actor: Actor, code: str) -> Hit:
    """The one dossier of a code; a register row where the software has none. Raises Unseen."""
    found = [one for one in search.bearing(house, actor, code).found if _bears(one, code)]
    if not found:
        raise Unseen(code)
    return min(found, key=lambda one: one.main.is_row)


def _bears(hit: Hit, code: str) -> bool:
    wanted = codes.normal(code)
    return any(
        wanted in (codes.normal(claim.own_code), codes.normal(claim.national_code))
        for claim in hit.claims
    )


def view(house: House, actor: Actor, hit: Hit) -> DossierView:
    """The dossier for this actor; looking at whole names is kept in the audit first."""
    actor.need(Right.VIEW)
    main, names = hit.main, _names(actor, hit)
    if names:
        _keep(house, actor, hit)
    open_ = [one for one in hit.discrepancies if one.state is not State.RESOLVED]
    row = next(
        (row for one in open_[:1] for row in hit.work if row.id == one.id),
        hit.work[0] if hit.work else None,
    )
    claims = _ordered(hit.claims)
    sentence, next_step = _told(hit, row)
    last, today = house.store.runs.newest_done(), house.clock.today()
    judged_on = last.scope.as_of if last else today
    done = row is not None and bool(row.returned_on or row.ready_on)
    pending = main.finished_on is None and main.returned_on is None and not main.is_row
    due_on = main.new_due_on or main.due_on
    late = due_on is not None and due_on < judged_on and pending and not done
    return DossierView(
        key=main.key,
        code=main.own_code or main.national_code,
        national_code=next((one.national_code for one in claims if one.national_code), ""),
        procedure=BRIEF_PROCEDURES[main.procedure],
        person=_person(claims, names),
        unit=naming.unit_name(house, main.unit),
        received_on=main.received_on,
        due_on=due_on,
        computed_due_on=None if due_on else _computed(house, main),
        overdue=(judged_on - due_on).days if late and due_on else None,
        judged_on=judged_on if judged_on != today else None,
        sentence=sentence,
        next_step=next_step,
        lead=open_[0] if open_ else None,
        state=STATES[open_[0].state] if open_ else "",
        also=tuple(dict.fromkeys(one.label for one in hit.work if row and one.id != row.id)),
        sides=tuple(_side(house, one) for one in claims),
        rows=tuple(_rows(claims, names)),
        linked=tuple(_linked(house, hit.links)),
        doubtful=hit.doubtful,
        twin=_twin(row),
        steps=tuple(_steps(claims)),
        history=tuple(_history(house, hit.discrepancies)),
        papers=tuple(_papers(house, hit.discrepancies)),
    )


def _computed(house: House, claim: Claim) -> date | None:
    """``hạn tính``: it is shown, and nothing is judged by it."""
    procedures, received = house.tables.procedures, claim.received_on
    allowed = procedures.deadline(claim.procedure_code, claim.procedure, received)
    if received is None or allowed is None or claim.is_row:
        return None
    return computed(received, allowed, house.policy)


def _names(actor: Actor, hit: Hit) -> bool:
    units = {unit for one in hit.claims for unit in (one.unit, one.receiving_unit) if unit}
    return actor.may(Right.NAMES) and (actor.units is None or bool(units & actor.units))


def _keep(house: House, actor: Actor, hit: Hit) -> None:
    """Once an hour and dossier: who reads a page again has not looked at more."""
    hour = house.clock.now().replace(minute=0, second=0, microsecond=0)
    house.store.audit.append(
        actor=actor.who, act=NAMES_SEEN, object=hit.main.key, reason="", at=hour
    )


def _ordered(claims: Iterable[Claim]) -> list[Claim]:
    """The portal first, then the one-stop software and the books; others where they speak."""
    order = (Role.PORTAL, Role.ONE_STOP, Role.REGISTER, Role.CIVIL_STATUS, Role.HUB)
    return sorted(claims, key=lambda claim: (order.index(claim.role), claim.key))


def _told(hit: Hit, row: WorkRow | None) -> tuple[str, str]:
    """One sentence, and one next step."""
    if row is None and hit.undecided is not None:
        left = hit.undecided
        days = f"Quá hạn {words.number(left.days)} ngày, chưa" if left.days else "Chưa"
        return f"{days} kết luận được: {left.short}.", left.decides
    if row is None:
        settled = [one for one in hit.discrepancies if one.state is State.RESOLVED and one.since]
        if settled and not hit.untold:
            since = max(one.since for one in settled if one.since)
            return f"Các nguồn đã khớp từ ngày {words.day(since)}.", NOBODY
        return search.nothing_wrong(hit).replace(" Chạy: doisoat run", ""), NOBODY
    proof = _proof(row)
    status = f" {row.status}." if row.status else ""
    waits = row.stuck if row.stuck.startswith("Chờ ") else ""
    return f"{proof}.{status}", waits or row.remedy or NOBODY


def _proof(row: WorkRow) -> str:
    """``Đã trả ngày 16/02/2024 theo Sổ theo dõi quyển 02, dòng 20``; else what is wrong."""
    by = f" theo {row.evidence}" if row.evidence else ""
    if row.returned_on:
        return f"Đã trả ngày {words.day(row.returned_on)}{by}"
    if row.ready_on:
        return f"Đã đăng ký ngày {words.day(row.ready_on)}{by}"
    return f"{row.label} ({row.evidence})" if row.evidence else row.label


def _twin(row: WorkRow | None) -> str:
    """The code of the other dossier that the lead speaks of."""
    _, found, rest = (row.evidence if row else "").partition("hồ sơ kia: ")
    return rest.split(";")[0].strip() if found else ""


def _person(claims: Sequence[Claim], names: bool) -> str:
    order = sorted(claims, key=lambda claim: (claim.is_row, claim.role not in ANCHOR_ORDER))
    name = next((one.subject or one.applicant for one in order if one.subject or one.applicant), "")
    return name if names else initials(name)


# --- Each source beside the other ------------------------------------------------------------


def _side(house: House, claim: Claim) -> SourceSide:
    places = tuple(
        f"{one.file.rpartition('/')[2]} – {one.sheet} – dòng {one.row}" for one in claim.places
    )
    title = book_text(claim) if claim.is_row else ROLES[claim.role]
    typed = tuple(blanks.told_of(house, claim))
    return SourceSide(title or ROLES[claim.role], claim.read_on, places, _unused(claim), typed)


def _unused(claim: Claim) -> str:
    """Why a day of a register row is not used."""
    returned, received = claim.returned_on, claim.received_on
    if claim.is_row and returned and received and returned < received:
        return (
            f"ngày trả {words.day(returned)} trước ngày tiếp nhận {words.day(received)} "
            "nên không dùng"
        )
    if claim.is_row and blocks(claim):
        return "ghi chú cho thấy chưa phải trả kết quả nên không dùng ngày trả"
    if claim.unread:
        return f"ô không đọc được, để trống: {', '.join(claim.unread)}"
    return ""


def _rows(claims: Sequence[Claim], names: bool) -> Iterator[ComparedRow]:
    def status(claim: Claim) -> str:
        if not claim.is_row:
            return words.status_text(claim.status, claim.raw_status)
        return "có ký nhận" if claim.signed else ""

    def person(claim: Claim) -> str:
        name = claim.subject or claim.applicant
        return name if names else initials(name)

    yield ComparedRow("Trạng thái", tuple(map(status, claims)), _ended_apart(claims))
    for title, field in (
        ("Tiếp nhận", "received_on"),
        ("Hẹn trả", "due_on"),
        ("Kết thúc", "finished_on"),
        ("Đăng ký", "registered_on"),
        ("Trả kết quả", "returned_on"),
    ):
        days = [getattr(claim, field) for claim in claims]
        if any(days):
            yield ComparedRow(title, tuple(map(words.day, days)), _apart(days))
    keys = [name_key(claim.subject or claim.applicant) for claim in claims]
    yield ComparedRow("Người", tuple(map(person, claims)), _apart(keys))
    known = [{codes.normal(claim.own_code), codes.normal(claim.national_code)} for claim in claims]
    alone = [one - {""} for one in known if one - {""}]
    text = tuple(claim.own_code or claim.national_code for claim in claims)
    shared = all(one & other for one in alone for other in alone)
    yield ComparedRow("Mã", text, not shared)


def _apart(values: Sequence[object]) -> bool:
    return len({one for one in values if one}) > 1


def _ended_apart(claims: Sequence[Claim]) -> bool:
    """One says that it is over, another that it goes on; a book says it by its hand-over."""
    over = {
        bool(claim.returned_on or claim.signed or claim.registered_on)
        if claim.is_row
        else claim.status not in PENDING
        for claim in claims
        if not claim.is_row or claim.returned_on or claim.signed or claim.registered_on
    }
    return len(over) > 1


# --- Below: links, steps, history ------------------------------------------------------------


def _linked(house: House, links: Sequence[Link]) -> Iterator[RowBeside]:
    """Why rows stand beside the dossier, in words."""
    said_of = {
        (one.row, one.dossier): one for one in house.store.answers.all([x.row for x in links])
    }
    for link in links:
        agrees = ", ".join(one.field for one in link.reasons if one.weight > 0)
        differs = ", ".join(f"{one.field} ({one.level})" for one in link.reasons if one.weight < 0)
        if link.decision is LinkState.NONE or link.dossier is None:
            continue
        by = METHODS[link.method] if link.method is not Method.NONE else "Họ tên và ngày"
        said = f"Dòng sổ ghép theo {words.inner(by)}"
        if link.decision is LinkState.REVIEW:
            said = "Dòng sổ có thể là của hồ sơ này, chờ người xác nhận"
        said += f"; giống nhau ở {agrees}" if agrees else ""
        said += f"; khác nhau ở {differs}" if differs else ""
        given = said_of.get((link.row, link.dossier))
        no = f"{given.by} đã trả lời: không phải một" if given and not given.same else ""
        yield RowBeside(link.row, link.dossier, f"{said}.", no)


def _steps(claims: Sequence[Claim]) -> Iterator[TrailStep]:
    """The steps 1 → 3 → 7 → 4 → 5 of a linked dossier, where its trail could be read."""
    sent = next((claim.trail for claim in claims if claim.trail), ())
    known = {one.step: one for one in trail.kept(sent)}
    for number in trail.ORDER if known else ():
        one = known.get(number)
        taken = one is not None and one.verdict is Verdict.TAKEN
        yield TrailStep(number, trail.STEPS[number], one.on if one else None, taken)


def _history(house: House, found: Sequence[Discrepancy]) -> Iterator[HistoryLine]:
    for step in house.store.search.steps([one.id for one in found]):
        by = "phần mềm đối soát" if step.by == ITSELF else step.by
        kind = naming.kind_label(step.discrepancy.kind)
        yield HistoryLine(
            step.at.astimezone(house.clock.zone), by, f"{kind}: {STATES[step.after]}", step.reason
        )


def _papers(house: House, found: Sequence[Discrepancy]) -> Iterator[NotedPaper]:
    for one in found:
        for noted in house.store.papers.of(one.id):
            said = words.paper(noted.kind, noted.number, noted.day)
            yield NotedPaper(noted.id, f"{said} (ghi bởi {noted.by})")
