"""``igate``: VNPT iGate 2, the one-stop software of many provinces.

The list is asked page by page, what changed last first. Pages shift while clerks work, so it is
read again until a pass brings nothing that was there all along; see ``connectors/passes.py``.
Wire facts: Keycloak token; Spring pages; dates in UTC ("…T17:00:00.000+0000" is the next day);
names as text or as a list of languages; statuses are mapped by name, ids differ by province.

With ``trail`` the log of what the software told the hub is read (``getLog``) for linked dossiers
that are pending: when they change, and all of them once a day. The cursor holds that day after the
moment of the newest change, and none where a trail could not be read: that never spoils the list,
is told with it, and is tried again by the next poll.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import structlog

from config.sources import IgateSource
from config.tables import Tables
from config.words import fold
from connectors import cells
from connectors.connector import Codes, Memory
from connectors.errors import SourceError, SourceGarbled
from connectors.passes import Listing, Page, read_list
from connectors.sessions import Session
from connectors.transport import Ask, Patience, Transport, by_form, get
from connectors.wire import Dossiers, Said, Understood
from reconcile import trail
from reconcile.claims import PENDING, Claim, Sent, Snapshot, Verdict

log = structlog.get_logger(__name__)

SEARCH = "pa/dossier/search"
VIETNAMESE = "228"  # languageId
MOST_LOG_PAGES = 10


class Token(msgspec.Struct):
    access_token: str
    expires_in: float = 300.0


class Language(msgspec.Struct, gc=False):
    name: str | None = None
    languageId: int | str | None = None  # noqa: N815 - wire name


Text = str | list[Language] | None


class Named(msgspec.Struct, gc=False):
    """Whatever has an id, perhaps a code, and a name."""

    id: int | str | None = None
    code: str | None = None
    name: Text = None
    translate: Any = None  # {"name": …} or a list of languages


class Data(msgspec.Struct, gc=False):
    data: dict[str, Any] | None = None


class Item(msgspec.Struct, rename="camel", gc=False):
    """One dossier of the list."""

    id: str
    code: str | None = None
    nation_code: str | None = None
    dossier_status: Named | None = None
    dossier_task_status: Named | None = None
    applicant: Data | None = None
    procedure: Named | None = None
    agency: Named | None = None
    apply_method: Named | None = None
    applied_date: str | None = None
    accepted_date: str | None = None
    appointment_date: str | None = None
    completed_date: str | None = None
    returned_date: str | None = None
    updated_date: str | None = None
    e_form: Data | None = msgspec.field(default=None, name="eForm")


class Told(msgspec.Struct, rename="camel"):
    """One line of the log: what the hub was told, and what it answered."""

    call_time: str | None = None
    request_body: Any = None
    response_body: Any = None


class Log(msgspec.Struct):
    content: list[Told]
    last: bool = True


class SpringPage(msgspec.Struct, rename="camel"):
    content: list[Item]
    number: int
    size: int
    last: bool
    total_elements: int | None = None


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

            def page(agency: str, number: int) -> Page[Item]:
                return self._page(transport, session, agency, number, source.page_size)

            def understood(item: Item) -> Understood:
                return dossiers.understood(_said(item))

            listing = Listing(page, understood, source.overlap_days, memory.today, budget)
            since, _, day = memory.cursor.partition("|")
            read = read_list(listing, source.agencies or ("",), source, self.tables, memory, since)
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
        token = transport.login(by_form(source.token_url, fields), Token)
        return token.access_token, token.expires_in

    def _page(
        self, transport: Transport, session: Session, agency: str, number: int, size: int
    ) -> Page[Item]:
        query = [("page", f"{number}"), ("size", f"{size}"), ("spec", "page")]
        query.append(("sort", "updatedDate,desc"))
        if agency:
            query.append(("ancestor-agency-id", agency))

        answer = self._get(transport, session, SEARCH, query, SpringPage)
        if answer.number != number:
            raise SourceGarbled("iGate trả lời một trang khác với trang được hỏi.", "number")
        return Page(
            items={item.id: item for item in answer.content},
            stamps={item.id: item.updated_date or "" for item in answer.content},
            count=len(answer.content),
            before=number * answer.size,
            size=answer.size,
            last=answer.last,
            total=answer.total_elements,
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
        told = {claim.own_code for claim in claims}
        others = [one for one in memory.codes if one.own not in told]
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
            replace(one, claim=replace(one.claim, trail=trails.get(one.claim.own_code, ())))
            if _is_followed(one.claim)
            else one
            for one in (*listed, *more)
        ], problem

    def _trail(self, transport: Transport, session: Session, one: Codes) -> tuple[Sent, ...]:
        found: list[Told] = []
        for number in range(MOST_LOG_PAGES):
            query = [("api", self.source.trail_api), ("nationCode", one.national)]
            query += [("page", f"{number}"), ("size", "100")]
            answer = self._get(transport, session, self.source.trail_path, query, Log)
            found += answer.content
            if answer.last:
                return trail.kept(filter(None, map(_sent, found)))
        raise SourceGarbled("Nhật ký liên thông không có trang cuối.", "last")

    def _again(self, transport: Transport, session: Session, one: Codes) -> list[Said]:
        """A dossier by its own code, as the list would tell it."""
        query = [("page", "0"), ("size", "10"), ("spec", "page"), ("code", one.own)]
        answer = self._get(transport, session, SEARCH, query, SpringPage)
        return [_said(item) for item in answer.content if item.code == one.own]

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


def _sent(told: Told) -> Sent | None:
    """One line of the log; None where it tells of no step."""
    asked, answered = _object(told.request_body), _object(told.response_body)
    step = f"{asked.get('trangThai')}".strip()
    if not step.isdigit() or int(step) not in trail.STEPS:
        return None
    day, _ = cells.day(told.call_time or f"{asked.get('thoiGianThucHien') or ''}")
    words = fold(" ".join(_texts([answered.get("title"), answered.get("errors")])))
    if f"{answered.get('status')}" == "200" or any(word in words for word in TAKEN):
        return Sent(int(step), day, Verdict.TAKEN)
    wrong = OUT_OF_ORDER in words
    return Sent(int(step), day, Verdict.OUT_OF_ORDER if wrong else Verdict.NOT_TAKEN)


def _object(said: Any) -> Mapping[str, Any]:
    """An object, or JSON of one inside text."""
    if isinstance(said, str):
        try:
            said = msgspec.json.decode(said)
        except msgspec.DecodeError:
            return {}
    return said if isinstance(said, Mapping) else {}


def _texts(said: Any) -> Iterator[str]:
    """Every text in an answer, however deep it lies."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping | list):
        for one in said.values() if isinstance(said, Mapping) else said:
            yield from _texts(one)


def _said(item: Item) -> Said:
    form = item.e_form.data if item.e_form and item.e_form.data else {}
    person = item.applicant.data if item.applicant and item.applicant.data else {}
    procedure = item.procedure or Named()
    agency = item.agency or Named()
    return Said(
        id=item.id,
        own_code=item.code or "",
        national_code=item.nation_code or "",
        procedure_code=procedure.code or "",
        procedure_name=_name(procedure),
        procedure_hint=_text(form, "loaiHTTP"),
        unit=_name(agency) or agency.code or "",
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
        channel=_name(item.apply_method or Named()),
        submitted_on=item.applied_date or "",
        received_on=item.accepted_date or "",
        due_on=item.appointment_date or "",
        finished_on=item.completed_date or "",
        returned_on=item.returned_date or "",
        statuses=_statuses(item),
        note=_text(person, "noidungyeucaugiaiquyet"),
    )


def _statuses(item: Item) -> tuple[str, ...]:
    """By name first; the id counts only where the office's table names it."""
    status, task = item.dossier_status or Named(), item.dossier_task_status or Named()
    return (_name(status), _name(task), "" if status.id is None else f"{status.id}")


def _name(named: Named) -> str:
    return _vietnamese(named.name) or _vietnamese(_translated(named.translate))


def _translated(said: Any) -> Any:
    return said.get("name") if isinstance(said, Mapping) else said


def _vietnamese(said: Any) -> str:
    """A name as plain text or as a list of languages; Vietnamese if it is among them."""
    if isinstance(said, str):
        return said
    found = ""
    for one in said if isinstance(said, list) else ():
        told = one if isinstance(one, Language) else _language(one)
        if told.name and f"{told.languageId}" == VIETNAMESE:
            return told.name
        found = found or told.name or ""
    return found


def _language(said: Any) -> Language:
    if not isinstance(said, Mapping):
        return Language()
    name, number = said.get("name"), said.get("languageId")
    return Language(name if isinstance(name, str) else None, number)


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else "" if value is None else f"{value}"
