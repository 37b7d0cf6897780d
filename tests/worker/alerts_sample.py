"""Invented discrepancies, heads and sources for the tests of mails."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from config.sections import MailSettings
from config.units import Recipient, Unit, Units
from reconcile.cases import Method
from reconcile.claims import Place, Procedure, Role
from reconcile.findings import Finding, Kind, Strength, finding_id
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.workdays import Calendar
from tests.worker.reports_sample import sample_facts
from worker import reports
from worker.alerts.digest import MailHabits
from worker.alerts.digest_values import HeldDiscrepancy, Situation, SourceState
from worker.alerts.lines import line_of
from worker.reports.facts import RunFacts, Tracked
from worker.reports.known import unpack
from worker.reports.written import Lines
from worker.run import keeping
from worker.store import Store
from worker.store.findings import FoundRows

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: A Monday, the day of the wording that was agreed with the offices.
MONDAY = date(2026, 11, 23)
HALF_PAST_SEVEN = datetime(2026, 11, 23, 7, 30, tzinfo=ZONE)
TAN_MINH = "90201"
HEAD = "tanminh@xa.example"
IT = "cntt@huyen.example"

SOURCES = (
    SourceState("motcua", Role.ONE_STOP, rows=1204),
    SourceState("cong", Role.PORTAL, rows=1100),
    SourceState("so-giay", Role.REGISTER, rows=1187),
)
PORTAL_DOWN = replace(
    SOURCES[1],
    answered=False,
    problem="máy chủ không trả lời",
    unread_since=date(2026, 11, 22),
    unread_at=datetime(2026, 11, 22, 8, 10, tzinfo=ZONE),
)
NAMES = ("Nguyễn Văn Ảo", "Trần Thị Mẫu", "Lê Hoàng Giả", "Phạm Thử Nghiệm")


def unit(code: str, name: str, *people: Recipient, **more: object) -> Unit:
    return Unit(code, name, recipients=people, **more)


def chair(email: str, **more: object) -> Recipient:
    return Recipient("", "Chủ tịch UBND", email, **more)


PLAIN = Calendar()


def office(*units: Unit, calendar: Calendar = PLAIN, **mail: object) -> MailHabits:
    known = units or (unit(TAN_MINH, "Xã Tân Minh", chair(HEAD)),)
    settings = MailSettings(host="mail.example", sender="doisoat@huyen.example", it=(IT,), **mail)
    return MailHabits("UBND huyện Hàm Mỹ", settings, Units(tuple(known)), calendar)


def finding(number: int, kind: Kind = Kind.RETURNED_STILL_PENDING, **more: object) -> Finding:
    anchor = f"motcua:000.15.H11-261102-{number:04}"
    code = anchor.removeprefix("motcua:")
    facts = {
        "id": finding_id(kind, anchor),
        "kind": kind,
        "anchor": anchor,
        "unit": TAN_MINH,
        "procedure": Procedure.BIRTH if number % 2 else Procedure.DEATH,
        "open_in": (Role.ONE_STOP,),
        "codes": ((Role.ONE_STOP, code), (Role.PORTAL, f"G22.99.{number:06}")),
        "received_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 9),
        "subject": NAMES[number % len(NAMES)],
    }
    if kind is Kind.RETURNED_STILL_PENDING:
        facts |= {
            "proof": "hand_over",
            "strength": Strength.TRACKING_BOOK,
            "method": Method.CODE,
            "book": f"Sổ theo dõi hồ sơ – quyển 01/2026 – số {number} – trang {number // 20 + 1}",
            "register": (Place("inbox/so-giay/tan-minh.xlsx", "Sổ", number),),
            "returned_on": date(2026, 11, 6),
        }
    return Finding(**(facts | more))


@cache
def no_findings() -> RunFacts:
    return replace(sample_facts(0), undetermined_overdue=())


def lines_of(*found: Finding) -> Lines:
    """The lines of these findings, as a run makes them."""
    tracked = tuple(Tracked(one, State.OPEN, MONDAY) for one in found)
    lines = reports.lines_of(replace(no_findings(), findings=tracked))
    lines.work()
    return lines


def rows_of(lines: Lines, store: Store, changes: Sequence[Change]) -> FoundRows:
    """What a run with these lines and changes writes down."""
    known = {one.id: one for one in store.decisions.discrepancies()}
    known |= {step.id: step.discrepancy for step in changes}
    return keeping.found_rows(lines, reports.build(lines.facts, lines), known, whole=False)


def held(
    number: int,
    kind: Kind = Kind.RETURNED_STILL_PENDING,
    *,
    state: State = State.OPEN,
    opened_on: date = date(2026, 11, 20),
    round_: int = 1,
    backlog: bool = False,
    **more: object,
) -> HeldDiscrepancy:
    found = finding(number, kind, **more)
    discrepancy = Discrepancy(found.id, kind, found.anchor, found.unit, state, opened_on)
    known = unpack(lines_of(found).payload(found.id))
    assert known is not None
    return HeldDiscrepancy(discrepancy, line_of(known), round_, opened_on, backlog)


def situation(*known: HeldDiscrepancy, **more: object) -> Situation:
    """Monday, half past seven; every source was read just now."""
    facts = {
        "now": HALF_PAST_SEVEN,
        "as_of": MONDAY,
        "read_at": HALF_PAST_SEVEN,
        "sources": SOURCES,
        "held": known,
    }
    return Situation(**(facts | more))


def told(*known: HeldDiscrepancy, to: str = HEAD) -> dict[str, dict[str, int]]:
    return {to: {one.discrepancy.id: one.round for one in known}}


def twelve() -> tuple[HeldDiscrepancy, ...]:
    """Seven handed over and still pending, two truly overdue, three to be looked at."""
    return (
        *(held(number) for number in range(1, 8)),
        held(8, Kind.TRULY_OVERDUE, due_on=date(2026, 11, 11)),
        held(9, Kind.TRULY_OVERDUE, due_on=date(2026, 11, 19)),
        held(10, Kind.MISSING_IN_SOFTWARE, codes=(), book="Sổ đăng ký khai tử – số 15 – trang 8"),
        held(11, Kind.DATE_CONFLICT, variant="lateness_swapped"),
        held(12, Kind.DUPLICATE_DOSSIER),
    )
