"""``igate``: VNPT iGate 2, the one-stop software of many provinces.

The list is asked page by page, what changed last first. Pages shift while clerks work, so it is
read again until a pass brings nothing that was there all along (``connectors/network/paging.py``).
Wire facts: Keycloak token; Spring pages; dates in UTC ("…T17:00:00.000+0000" is the next day);
names as text or as a list of languages; statuses are mapped by name, ids differ by province.

With ``trail`` the log of what the software told the hub is read (``getLog``) for linked dossiers
that are pending: when they change, and all of them once a day. The cursor holds that day after the
moment of the newest change, and none where a trail could not be read: that never spoils the list,
is told with it, and is tried again by the next poll.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import msgspec
import structlog

from config.folding import fold
from config.office_tables import Tables
from config.sources import IgateSource
from connectors import cells
from connectors.cells import VIETNAM
from connectors.connector import Codes, Memory
from connectors.errors import SourceError, SourceGarbled
from connectors.network.answers import Scalar, flag, mapping, seconds, told, whole
from connectors.network.paging import Listing, ListPoll, Page, polled, read_list
from connectors.network.sessions import Session
from connectors.network.transport import Ask, Patience, Transport, by_form, get
from connectors.network.windows import (
    Left,
    ListWindow,
    NotFiltered,
    Sweep,
    as_text,
    left_from,
)
from connectors.said import Dossiers, Said, Understood
from reconcile.claims import PENDING, Claim, Sent, Snapshot, Verdict
from reconcile.judging import trail

log = structlog.get_logger(__name__)

SEARCH = "pa/dossier/search"
VIETNAMESE = "228"  # languageId
MOST_LOG_PAGES = 10


TOKEN_SECONDS = 300.0  # where the server does not say how long its token lives


class IgateToken(msgspec.Struct):
    access_token: str
    expires_in: Any = TOKEN_SECONDS


class Named(msgspec.Struct, gc=False):
    """Whatever has an id, perhaps a code, and a name; each as the province's version writes it."""

    id: Any = None
    code: Any = None
    name: Any = None  # plain, or a list of languages
    translate: Any = None  # {"name": …} or a list of languages


class Data(msgspec.Struct, gc=False):
    data: Any = None


Thing = Named | list[Any] | Scalar
Form = Data | list[Any] | Scalar


class IgateDossier(msgspec.Struct, rename="camel", gc=False):
    """One dossier of the list."""

    id: str | int
    code: Any = None
    nation_code: Any = None
    dossier_status: Thing = None
    dossier_task_status: Thing = None
    applicant: Form = None
    procedure: Thing = None
    agency: Thing = None
    apply_method: Thing = None
    applied_date: Any = None
    accepted_date: Any = None
    appointment_date: Any = None
    completed_date: Any = None
    returned_date: Any = None
    updated_date: Any = None
    e_form: Form = msgspec.field(default=None, name="eForm")


class TrailLine(msgspec.Struct, rename="camel"):
    """One line of the log: what the hub was told, and what it answered."""

    call_time: Any = None
    request_body: Any = None
    response_body: Any = None


class Log(msgspec.Struct):
    content: list[TrailLine]
    last: bool | int | str = True


class SpringPage(msgspec.Struct, rename="camel"):
    content: list[IgateDossier]
    number: int | str
    size: int | str
    last: bool | int | str
    total_elements: Any = None


class IgateConnector:
    """Reads the dossiers of the configured agencies."""

    def __init__(
        self, source: IgateSource, tables: Tables, patience: Patience | None = None
    ) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One snapshot: everything, or what changed since the last poll and a little more."""
        source, budget = self.source, memory.budget
        dossiers = Dossiers(source, self.tables)
        with Transport(source, source.base_url, self.patience, budget) as transport:
            session = Session(lambda: self._login(transport))

            def page(agency: str, number: int) -> Page[IgateDossier]:
                return self._page(transport, session, agency, number, source.page_size)

            def part(agency: str, window: ListWindow | None, number: int) -> Page[IgateDossier]:
                size = source.page_size
                return self._page(transport, session, agency, number, size, window)

            def understood(item: IgateDossier) -> Understood:
                return dossiers.understood(_said(item))

            def apart(item: IgateDossier) -> Understood:  # windows are read side by side
                return Dossiers(source, self.tables).understood(_said(item))

            since, _, day = memory.cursor.partition("|")
            memory = replace(memory, cursor=since)
            reading = polled(source, self.tables, memory)
            if not reading.since and budget is not None and memory.today:
                sweep = Sweep(part, apart, transport.all, memory.today, budget)
                left = left_from(memory.left) or sweep.planned(source.agencies or ("",))
                if left is not None:
                    with suppress(NotFiltered):
                        yield from self._in_parts(transport, session, reading, sweep, left, memory)
                        return
            listing = Listing(page, understood, source.overlap_days, memory.today, budget)
            read = read_list(listing, source.agencies or ("",), source, self.tables, memory)
            if not source.trail:
                yield read.snapshot(dossiers, read.found.items)
                return
            is_due = day != f"{memory.today}"
            said, problem = self._with_trails(
                transport, session, dossiers, read.found.items, memory, all_=is_due
            )
        # What could not be read now is asked for again by the next poll, whatever the day.
        day = "" if problem else f"{memory.today}"
        snapshot = read.snapshot(dossiers, said, f"{read.found.cursor}|{day}")
        yield replace(snapshot, trail_problem=problem)

    def _in_parts(
        self,
        transport: Transport,
        session: Session,
        reading: ListPoll,
        sweep: Sweep,
        left: Left,
        memory: Memory,
    ) -> Iterator[Snapshot]:
        """A snapshot a part of the list; the trails of its dossiers are read with it."""
        if reading.is_shrunk(left.total):
            yield reading.shrunk(left.total)
            return
        for part in sweep.parts(left, self.source.max_parallel):
            dossiers, items, problem = Dossiers(self.source, self.tables), part.items, ""
            if self.source.trail:
                said, problem = self._with_trails(
                    transport, session, dossiers, items, memory, all_=False
                )
                items = tuple(said)
            for one in items:
                dossiers.take(one)
            snapshot = reading.snapshot(dossiers, "", part.left.total, part=part.title)
            cursor = part.left.newest if part.is_last else reading.last
            yield replace(
                snapshot,
                trail_problem=problem,
                more_to_come=not part.is_last,
                swept=part.is_last,
                cursor=cursor,
                left="" if part.is_last else as_text(part.left),
                total=part.left.total,
            )

    def knock(self) -> str:
        """Log in and ask for the first dossier of the first agency."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            session = Session(lambda: self._login(transport))
            agency = self.source.agencies[0] if self.source.agencies else ""
            page = self._page(transport, session, agency, 0, 1)
        return f"Đăng nhập được, có {page.total if page.total is not None else '?'} hồ sơ."

    def _login(self, transport: Transport) -> tuple[str, float]:
        source = self.source
        fields = {"grant_type": source.grant, "client_id": source.client_id}
        if source.client_secret is not None:
            fields["client_secret"] = source.client_secret.get_secret_value()
        if source.grant == "password" and source.password is not None:
            fields |= {"username": source.username, "password": source.password.get_secret_value()}
        token = transport.login(by_form(source.token_url, fields), IgateToken)
        return token.access_token, seconds(token.expires_in, TOKEN_SECONDS)

    def _page(
        self,
        transport: Transport,
        session: Session,
        agency: str,
        number: int,
        size: int,
        window: ListWindow | None = None,
    ) -> Page[IgateDossier]:
        query = [("page", f"{number}"), ("size", f"{size}"), ("spec", "page")]
        query.append(("sort", "updatedDate,desc"))
        if agency:
            query.append(("ancestor-agency-id", agency))
        if window is not None:
            starts, ends = (time.min, window.starts), (time.max, window.ends)
            for name, (clock, day) in (("accepted-from", starts), ("accepted-to", ends)):
                moment = datetime.combine(day, clock, VIETNAM).astimezone(UTC)
                query.append((name, f"{moment:{self.source.date_filter}}"))

        answer = self._get(transport, session, SEARCH, query, SpringPage)
        told_size, is_last = whole(answer.size), flag(answer.last)
        if whole(answer.number) != number:
            raise SourceGarbled("iGate trả lời một trang khác với trang được hỏi.", "number")
        if told_size is None or is_last is None:
            raise SourceGarbled(
                "iGate trả lời một trang không rõ cỡ, không rõ còn nữa không.", "last"
            )
        return Page(
            items={f"{item.id}": item for item in answer.content},
            stamps={f"{item.id}": told(item.updated_date) for item in answer.content},
            count=len(answer.content),
            before=number * told_size,
            size=told_size,
            last=is_last,
            total=whole(answer.total_elements),
        )

    # The status trail

    def _with_trails(
        self,
        transport: Transport,
        session: Session,
        dossiers: Dossiers,
        listed: Sequence[Understood],
        memory: Memory,
        *,
        all_: bool,
    ) -> tuple[list[Understood], str]:
        """What changed, with trails, and the dossiers whose trail alone changed; why not all of
        it could be read, in Vietnamese."""
        known = {one.own: one for one in memory.codes}
        claims = [one.claim for one in listed]
        changed = {claim.own_code: claim for claim in claims if _is_followed(claim)}
        on_list = {claim.own_code for claim in claims}
        others = [one for one in memory.codes if one.own not in on_list]
        wanted = [Codes(one.own_code, one.national_code) for one in changed.values()]
        wanted += others if all_ else []
        trails = {own: one.trail for own, one in known.items()}
        more: list[Understood] = []
        problem = ""
        try:
            answers = transport.all(wanted, lambda one: self._trail(transport, session, one))
            for one, found in zip(wanted, answers, strict=True):
                moved = one.own in known and known[one.own].trail != found
                trails[one.own] = found
                if one.own not in changed and moved:
                    more += map(dossiers.understood, self._again(transport, session, one))
        except SourceError as error:
            problem = str(error)
            log.warning("source.trail_unread", source=self.source.name, problem=problem)
        return [
            replace(one, values=one.values | {"trail": trails.get(one.claim.own_code, ())})
            if _is_followed(one.claim)
            else one
            for one in (*listed, *more)
        ], problem

    def _trail(self, transport: Transport, session: Session, one: Codes) -> tuple[Sent, ...]:
        found: list[TrailLine] = []
        for number in range(MOST_LOG_PAGES):
            query = [("api", self.source.trail_api), ("nationCode", one.national)]
            query += [("page", f"{number}"), ("size", "100")]
            answer = self._get(transport, session, self.source.trail_path, query, Log)
            found += answer.content
            if flag(answer.last) is not False:
                return trail.kept(filter(None, map(_sent, found)))
        raise SourceGarbled("Nhật ký liên thông không có trang cuối.", "last")

    def _again(self, transport: Transport, session: Session, one: Codes) -> list[Said]:
        """A dossier by its own code, as the list would tell it."""
        query = [("page", "0"), ("size", "10"), ("spec", "page"), ("code", one.own)]
        answer = self._get(transport, session, SEARCH, query, SpringPage)
        return [_said(item) for item in answer.content if told(item.code) == one.own]

    def _get(
        self,
        transport: Transport,
        session: Session,
        path: str,
        query: Iterable[tuple[str, str]],
        kind: type[Any],
    ) -> Any:
        asked = tuple(query)

        def asking(token: str) -> Ask:
            url = f"{transport.base}/{path.lstrip('/')}"
            return get(url, asked, Authorization=f"Bearer {token}")

        return transport.answer_in(session, asking, kind)


def _is_followed(claim: Claim) -> bool:
    """A linked dossier that is still pending."""
    is_pending = claim.status in PENDING and claim.procedure.is_group
    return bool(claim.own_code and claim.national_code) and is_pending


#: Answers that mean: the hub has this step, or is beyond it.
TAKEN = (
    "thanh cong", "da ton tai trong mot cua dien tu", "da tra ket qua", "da co ket qua xu ly",
    "da hoan thanh dang ky",
)  # fmt: skip
OUT_OF_ORDER = "logic xu ly khong hop le"


def _sent(line: TrailLine) -> Sent | None:
    """One line of the log; None where it tells of no step."""
    asked, answered = mapping(line.request_body), mapping(line.response_body)
    step = whole(asked.get("trangThai"))
    if step not in trail.STEPS or step is None:
        return None
    day, _ = cells.day(told(line.call_time) or told(asked.get("thoiGianThucHien")))
    words = fold(" ".join(_texts([answered.get("title"), answered.get("errors")])))
    if told(answered.get("status")) == "200" or any(word in words for word in TAKEN):
        return Sent(step, day, Verdict.TAKEN)
    wrong = OUT_OF_ORDER in words
    return Sent(step, day, Verdict.OUT_OF_ORDER if wrong else Verdict.NOT_TAKEN)


def _texts(said: Any) -> Iterator[str]:
    """Every text in an answer, however deep it lies."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping | list):
        for one in said.values() if isinstance(said, Mapping) else said:
            yield from _texts(one)


def _said(item: IgateDossier) -> Said:
    form, person = _form(item.e_form), _form(item.applicant)
    procedure, agency = _named(item.procedure), _named(item.agency)
    return Said(
        id=f"{item.id}",
        own_code=told(item.code),
        national_code=told(item.nation_code),
        procedure_code=told(procedure.code),
        procedure_name=_name(procedure),
        procedure_hint=_text(form, "loaiHTTP"),
        unit=_name(agency) or told(agency.code),
        applicant=_text(person, "fullname"),
        applicant_id=_text(person, "identityNumber"),
        # The names of the civil-status form, where the province's form keeps them.
        subject=_text(form, "nksHoTen") or _text(form, "nktHoTen"),
        subject_id=_text(form, "nktSoGiayToTuyThan"),
        sex=_text(form, "nksGioiTinh") or _text(form, "nktGioiTinh"),
        birth_date=_text(form, "nksNgaySinh") or _text(form, "nktNgaySinh"),
        death_date=_text(form, "nktNgayChet"),
        mother=_text(form, "meHoTen"),
        mother_birth_year=_text(form, "meNgaySinh"),
        father=_text(form, "chaHoTen"),
        channel=_name(_named(item.apply_method)),
        submitted_on=told(item.applied_date),
        received_on=told(item.accepted_date),
        due_on=told(item.appointment_date),
        finished_on=told(item.completed_date),
        returned_on=told(item.returned_date),
        statuses=_statuses(item),
        note=_text(person, "noidungyeucaugiaiquyet"),
    )


def _statuses(item: IgateDossier) -> tuple[str, ...]:
    """By name first; the id counts only where the office's table names it."""
    status, task = _named(item.dossier_status), _named(item.dossier_task_status)
    return (_name(status), _name(task), told(status.id))


def _named(said: Thing) -> Named:
    """A thing with its name; a bare text is its name."""
    if isinstance(said, Named):
        return said
    return Named() if said is None else Named(name=said)


def _form(said: Form) -> Mapping[str, Any]:
    """The fields of a form, also where they are JSON inside text."""
    return mapping(said.data) if isinstance(said, Data) else mapping(said)


def _name(named: Named) -> str:
    return _vietnamese(named.name) or _vietnamese(_translated(named.translate))


def _translated(said: Any) -> Any:
    return said.get("name") if isinstance(said, Mapping) else said


def _vietnamese(said: Any) -> str:
    """A name as plain text or as a list of languages; Vietnamese if it is among them."""
    if not isinstance(said, list | Mapping):
        return told(said)
    found = ""
    for one in said if isinstance(said, list) else (said,):
        if not isinstance(one, Mapping):
            continue
        name = told(one.get("name"))
        if name and told(one.get("languageId")) == VIETNAMESE:
            return name
        found = found or name
    return found


def _text(data: Mapping[str, Any], key: str) -> str:
    return told(data.get(key))
