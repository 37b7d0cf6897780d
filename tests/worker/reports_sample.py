"""An invented run for the report tests: seeded, no real person, every kind of finding."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from reconcile.cases import Link, LinkState, Method, Reason, Rival
from reconcile.claims import (
    Claim,
    Origin,
    Place,
    Procedure,
    RegisterType,
    RejectedRow,
    Role,
    Status,
)
from reconcile.figures.form import Figures, Move, Statistics, StatusLine, Table
from reconcile.figures.standing import Column, Standing, Treatment
from reconcile.findings import (
    Finding,
    Kind,
    NotJudged,
    Recorded,
    Strength,
    Undecided,
    Undetermined,
    WaitingGroup,
    finding_id,
)
from reconcile.lifecycle import State
from reconcile.scope import Scope
from worker.reports.facts import (
    Confirmed,
    Movement,
    RunFacts,
    SourceLine,
    SubmittedFigures,
    Tracked,
    TrendPoint,
)

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Lý", "Thông")
MIDDLES = ("Văn", "Thị", "Ngọc", "Minh", "Thanh", "Gia", "Hoàng", "Bảo")
GIVEN = ("An", "Bình", "Châu", "Dung", "Đức", "Giang", "Hoà", "Khánh", "Lan", "Mai", "Quý", "Yến")
UNITS = {
    "X01": "UBND xã Tân Minh",
    "X02": "UBND xã Tân Thắng",
    "X03": "UBND xã Sơn Mỹ",
    "X04": "UBND thị trấn Tân Nghĩa",
    "X05": "UBND xã Thắng Hải",
    "X06": "UBND xã Sông Phan",
}
AS_OF = date(2024, 3, 31)
HANOI = timezone(timedelta(hours=7))
READ_AT = datetime(2024, 4, 2, 7, 30, tzinfo=HANOI)
KINDS = (
    *[Kind.RETURNED_STILL_PENDING] * 8,
    *[Kind.TRULY_OVERDUE] * 3,
    *[Kind.RETURNED_LATE] * 2,
    *(kind for kind in Kind if kind is not Kind.LATE_BY_POST),
    Kind.LATE_BY_POST,
)
NEEDS_PROOF = {
    Kind.RETURNED_STILL_PENDING,
    Kind.ENDED_BUT_RETURNED,
    Kind.DONE_NOT_HANDED_OVER,
    Kind.RETURNED_LATE,
    Kind.MISSING_IN_SOFTWARE,
    Kind.DATE_CONFLICT,
    Kind.CODE_CONFLICT,
}
FACTS = {
    Kind.RETURNED_STILL_PENDING: "end_in_software",
    Kind.TRULY_OVERDUE: "result",
    Kind.RETURNED_LATE: "registration_date",
    Kind.NOT_IN_REGISTER: "register_entry",
    Kind.MISSING_IN_SOFTWARE: "dossier_code",
}


def person(chance: random.Random) -> str:
    return f"{chance.choice(FAMILIES)} {chance.choice(MIDDLES)} {chance.choice(GIVEN)}"


class _World:
    """Draws dossiers, their register rows and the findings on them."""

    def __init__(self, seed: int, units: dict[str, str]) -> None:
        self.chance = random.Random(seed)
        self.units = list(units)
        self.claims: dict[str, Claim] = {}
        self.links: list[Link] = []
        self.findings: list[Tracked] = []
        self.moves: list[Move] = []

    def case(self, number: int) -> None:
        chance = self.chance
        unit = chance.choice(self.units)
        kind = KINDS[number % len(KINDS)]
        procedure = chance.choice(
            (Procedure.BIRTH, Procedure.BIRTH_LINKED, Procedure.DEATH, Procedure.DEATH_LINKED)
        )
        received = date(2024, 1, 2) + timedelta(days=chance.randrange(80))
        due = received + timedelta(days=5)
        code = f"H11.{unit}-{received:%y%m%d}-{number:04d}"
        name, mother = person(chance), person(chance)
        dossier = Claim(
            key=f"motcua:{code}",
            source="motcua",
            role=Role.ONE_STOP,
            own_code=code,
            national_code=f"G22.99-{received:%y%m%d}-{number:05d}",
            procedure=procedure,
            unit=unit,
            subject=name,
            mother=mother,
            mother_birth_year=str(1980 + number % 20),
            birth_date=f"{2024 - (number % 3 == 0) * 60}-02-0{1 + number % 9}",
            received_on=received,
            due_on=due,
            status=Status.PROCESSING,
            raw_status="Đang xử lý",
        )
        self.claims[dossier.key] = dossier
        row = self.row(number, dossier) if kind in NEEDS_PROOF or number % 4 == 0 else None
        finding = self.finding(number, kind, dossier, row)
        state = State.OPEN
        if number % 17 == 3:
            state = State.WAIVED
        elif number % 13 == 2:
            state = State.SUSPECTED
        elif number % 7 == 1:
            state = State.ACKNOWLEDGED
        waived = date(2024, 5, 1) if state is State.WAIVED else None
        reason = "đã báo kỹ thuật, phiếu số 12" if waived else ""
        self.findings.append(Tracked(finding, state, date(2024, 4, 1), "", reason, waived))
        if row is not None and kind in (Kind.RETURNED_STILL_PENDING, Kind.DATE_CONFLICT):
            self.move(finding, dossier, row)

    def row(self, number: int, dossier: Claim) -> Claim:
        chance = self.chance
        book = f"{1 + number % 3}/2024"
        returned = dossier.received_on + timedelta(days=1 + chance.randrange(8))
        civil = number % 3 == 0
        deaths = dossier.procedure.event == "death"
        row = Claim(
            key=f"so-giay#{number:020x}.0",
            source="so-giay",
            role=Role.REGISTER,
            unit=dossier.unit,
            subject=dossier.subject,
            mother=dossier.mother,
            mother_birth_year=dossier.mother_birth_year,
            birth_date=dossier.birth_date,
            returned_on=None if civil else returned,
            registered_on=returned if civil else None,
            register_type=(RegisterType.DEATHS if deaths else RegisterType.BIRTHS)
            if civil
            else RegisterType.TRACKING,
            book=book,
            number=str(1 + number),
            page=str(1 + number // 5),
            read_on=date(2024, 4, 1 if number % 5 else 15),
            places=(Place(f"inbox/so-giay/{dossier.unit}.xlsx", "Sổ theo dõi", 8 + number),),
        )
        self.claims[row.key] = row
        method = (Method.CODE, Method.CODE, Method.PEOPLE, Method.OPERATOR)[number % 4]
        review = number % 11 == 5
        self.links.append(
            Link(
                row=row.key,
                dossier=dossier.key,
                method=Method.PEOPLE if review else method,
                probability=0.41237 if review else 1.0 if method is Method.CODE else 0.99871,
                decision=LinkState.REVIEW if review else LinkState.AUTO,
                rival=Rival(dossier.key, 0.21) if review else None,
                reasons=(
                    Reason("họ tên người được đăng ký", "khớp, khác dấu", 6.25),
                    Reason("ngày sinh", "khớp", 9.5),
                ),
            )
        )
        return row

    def finding(self, number: int, kind: Kind, dossier: Claim, row: Claim | None) -> Finding:
        link = self.links[-1] if row else None
        returned = row.returned_on if row else None
        registered = row.registered_on if row else None
        ended = registered or returned
        return Finding(
            id=finding_id(kind, dossier.key),
            kind=kind,
            anchor=dossier.key,
            unit=dossier.unit,
            procedure=dossier.procedure,
            open_in=(Role.ONE_STOP, Role.PORTAL) if number % 2 else (Role.ONE_STOP,),
            codes=((Role.ONE_STOP, dossier.own_code), (Role.PORTAL, dossier.national_code)),
            national_code=dossier.national_code,
            recorded=(
                (Role.ONE_STOP, Recorded(Status.PROCESSING, "Đang xử lý", date(2024, 4, 1))),
                (Role.PORTAL, Recorded(Status.ACCEPTED, "", date(2024, 4, 1))),
            ),
            register=row.places if row else (),
            proof=("registration" if registered else "hand_over") if ended else None,
            strength=(Strength.CIVIL_STATUS if registered else Strength.TRACKING_BOOK)
            if row
            else None,
            book=book_of(row) if row else "",
            received_on=dossier.received_on,
            due_on=dossier.due_on,
            returned_on=returned,
            registered_on=registered,
            late=None if not ended else ended > dossier.due_on,
            days_open=(AS_OF - (ended or dossier.due_on)).days,
            method=link.method if link else Method.NONE,
            probability=link.probability if link else 0.0,
            missing_fact=FACTS.get(kind, ""),
            waits_for="cơ quan bảo hiểm xã hội"
            if dossier.procedure.is_group and number % 9 == 0
            else "",
            weak=kind is Kind.PORTAL_DONE_LOCAL_PENDING,
            other=f"motcua:{dossier.own_code}-B" if kind is Kind.DUPLICATE_DOSSIER else "",
            subject=dossier.subject,
            procedure_name="",
        )

    def move(self, finding: Finding, dossier: Claim, row: Claim) -> None:
        ended = finding.registered_on or finding.returned_on
        late = ended > dossier.due_on
        before = Standing(Column.IN_TIME if len(self.moves) % 6 == 0 else Column.OVERDUE)
        after = Standing(Column.LATE if late else Column.ON_TIME, ended=ended)
        self.moves.append(
            Move(
                code=dossier.own_code,
                unit=dossier.unit,
                procedure=dossier.procedure.value,
                before=before,
                after=after,
                proof=finding.proof or "hand_over",
                proven_on=ended,
                strength=finding.strength or Strength.TYPED_DATE,
                book=finding.book,
                places=row.places,
                method=finding.method,
                probability=finding.probability,
                anchor=dossier.key,
                finding=finding.id,
                row=row.key,
                source=row.source,
                read_on=row.read_on,
            )
        )


def book_of(row: Claim) -> str:
    name = {
        RegisterType.BIRTHS: "Sổ đăng ký khai sinh",
        RegisterType.DEATHS: "Sổ đăng ký khai tử",
    }.get(row.register_type, "Sổ theo dõi hồ sơ")
    return f"{name} – quyển {row.book} – số {row.number} – trang {row.page}"


QUARTER = Table(
    online=246,
    direct_post=2180,
    carried=2491,
    early=905,
    on_time=865,
    late=1733,
    in_time=827,
    overdue=587,
    waiting=41,
    unknown=7,
)


def moved_table(recorded: Table, moves: list[Move]) -> Table:
    """The recorded figures with every move applied: what reconciled must be."""
    change: Counter[str] = Counter()
    for move in moves:
        change[move.before.column.value.rpartition(".")[2]] -= 1
        change[move.after.column.value.rpartition(".")[2]] += 1
    return replace(recorded, **{name: getattr(recorded, name) + n for name, n in change.items()})


def statistics(world: _World, units: dict[str, str]) -> Statistics:
    moves = sorted(world.moves, key=lambda move: (move.unit, move.code))
    share = Table(online=41, direct_post=300, carried=90, early=150, on_time=110, late=40,
                  in_time=71, overdue=60)  # fmt: skip
    by_unit = {}
    for unit in units:
        own = [move for move in moves if move.unit == unit]
        by_unit[unit] = Figures(share, moved_table(share, own), moved_table(share, own))
    reconciled = replace(moved_table(QUARTER, moves), end_unknown=3)
    figures = Figures(QUARTER, reconciled, moved_table(QUARTER, moves[::2]), 5, 12)
    return Statistics(
        starts=date(2024, 1, 1),
        ends=AS_OF,
        as_of=AS_OF,
        all=figures,
        by_unit=by_unit,
        by_class={"birth": figures},
        moved=tuple(moves),
        relined=(),
        statuses=(
            StatusLine(Status.NOT_ACCEPTED, Treatment.WITHDRAWN, False, 4),
            StatusLine(Status.SUPPLEMENT_ASKED, Treatment.WAITING, False, 37),
            StatusLine(Status.PAYMENT_ASKED, Treatment.WAITING, False, 4),
            StatusLine(Status.WITHDRAWN, Treatment.WITHDRAWN, False, 19),
            StatusLine(Status.STOPPED, Treatment.UNCLEAR, True, 7),
        ),
        judged=1318,
        closing_before=2489,
    )


def sample_facts(
    cases: int = 160,
    seed: int = 20240331,
    units: dict[str, str] | None = None,
    silent: bool = True,
) -> RunFacts:
    """A quarter of an invented district; ``silent``: the portal was not read in full."""
    units = UNITS if units is None else units
    world = _World(seed, units)
    for number in range(cases):
        world.case(number)
    since = datetime(2024, 4, 1, 8, 10, tzinfo=HANOI)
    return RunFacts(
        run_id="2024-04-02-0730-a1b2c3",
        trigger="cli",
        office="UBND huyện Hàm Tân",
        scope=Scope(as_of=AS_OF, starts=date(2024, 1, 1), ends=AS_OF),
        started=datetime(2024, 4, 2, 0, 29, tzinfo=UTC),
        finished=datetime(2024, 4, 2, 0, 30, tzinfo=UTC),
        read_at=READ_AT,
        statistics=statistics(world, units),
        exit_code=3 if silent else 0,
        sources=(
            SourceLine(
                name="motcua", role=Role.ONE_STOP, read=4917, rejected=3, new=120, changed=44,
                covers_from=date(2024, 1, 1), covers_to=AS_OF, units=6,
                unknown_columns=("Mã hóa đơn", "Số điện thoại"),
            ),
            SourceLine(
                name="dvcqg", role=Role.PORTAL, kind="dvcqg", complete=not silent, read=2210,
                announced=2480,
                problem="Cổng không trả lời sau 3 lần gọi; mới đọc được 7 trên 12 trang."
                if silent else "",
                unread_since=since if silent else None,
            ),
            SourceLine(
                name="so-giay", role=Role.REGISTER, kind="register", origin=Origin.PAPER, read=4261,
                rejected=5, new=4261, covers_from=date(2024, 1, 2), covers_to=AS_OF,
                typed_by={"": "Nguyễn Thị Thử (công chức xã)"},
                warnings=("tệp X03.xlsx có 4 dòng bị ẩn, vẫn được đọc",),
                uneven=("Sổ chưa khai đã nhập đủ: UBND xã Sông Phan.",),
            ),
        ),
        findings=tuple(world.findings),
        links=tuple(world.links),
        claims=world.claims,
        rejected=(
            RejectedRow("inbox/so-giay/X02.xlsx", "Sổ theo dõi", 31, "Ngày trả",
                        "Ngày không đọc được", True),
            RejectedRow("inbox/motcua/quy1.xlsx", "Sheet1", 9, "",
                        "Không có mã và không có họ tên", False),
        ),
        not_judged=(
            NotJudged(Kind.MISSING_IN_ONE_STOP, "dvcqg", "",
                      "Cổng DVCQG chưa đọc đủ nên chưa kết luận hồ sơ nào thiếu", 0),
            NotJudged(Kind.TRULY_OVERDUE, "so-giay", "X02",
                      "Sổ của đơn vị chưa được khai là đã nhập đủ", 12),
        ),
        undetermined_overdue=tuple(
            Undetermined(f"motcua:{unit}-{n}", f"{unit}-{n}", unit, date(2024, 3, 1))
            for unit, count in (("X02", 8), ("X05", 4))
            for n in range(count)
        ),
        undecided=tuple(
            Undecided("Sổ của đơn vị chưa được khai là đã nhập đủ", unit,
                      frozenset({Kind.TRULY_OVERDUE}), cases)
            for unit, cases in (("X02", 8), ("X05", 4))
        ),
        waiting_groups=(
            WaitingGroup("motcua:H11.X01-240105-9001", "H11.X01-240105-9001", "X01",
                    Procedure.BIRTH_LINKED, "Trần Thị Mẫu", date(2024, 1, 9),
                    "Công an xã (đăng ký thường trú)",
                    "Sổ đăng ký khai sinh – quyển 1/2024 – số 12"),
        ),
        unit_names=units,
        submitted=(
            SubmittedFigures("", 4917, 246, 2180, 2491, 3503, None, None, 1733, 1414, 827, 587),
            SubmittedFigures("X01", 431, 41, 300, 90, 300, None, None, 40, 131, 71, 60),
        ),
        confirmed={
            link.row: Confirmed("Lê Thị Kiểm", date(2024, 4, 2))
            for link in world.links
            if link.method is Method.OPERATOR
        },
        movements=(
            Movement(date(2024, 3, 25), "lần đối soát trước", 23, 130, 41),
            Movement(date(2024, 1, 2), "đầu quý", 153, 0, 88),
        ),
        trend=tuple(
            TrendPoint(date(2024, 1, 31) + timedelta(days=14 * n), open_)
            for n, open_ in enumerate((210, 188, 171, 160, 153))
        ),
    )  # fmt: skip
