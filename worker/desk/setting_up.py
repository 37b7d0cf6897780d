"""What an administrator looks at: the first-run list, health in words, how old each source is."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from reconcile.claims import Role as SourceRole
from reconcile.text.vietnamese import unit_key
from worker import words
from worker.desk import certificates
from worker.desk.actor import Actor, OfficeRole, Right
from worker.desk.standing_data import called
from worker.house import House
from worker.run import uneven
from worker.service import chores, health
from worker.service.health import Check, Watch
from worker.store import SourceFacts

#: Names that one line tells; the rest is counted.
MOST_NAMED = 5
#: A copy that is older is none to rely on.
OLD_COPY_DAYS = 3


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One thing that an office needs once: whether it is done, what is seen, what to do."""

    title: str
    done: bool
    said: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class SourceAge:
    """A source as it was read last; ``old``: its data end too long ago to be relied on."""

    title: str
    rows: int
    until: date | None
    age: int | None  # days since the data end
    old: bool
    read_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class UnitRecipient:
    """A unit and who gets its mails now; ``who`` is empty where nobody does."""

    code: str
    name: str
    who: tuple[str, ...]
    users: int  # people of the console who see it, the whole office's not counted


def steps(house: House, actor: Actor) -> list[SetupStep]:
    """What an office needs before its people can rely on it, in the order of doing."""
    actor.need(Right.HEALTH)
    return [
        _units(house),
        _recipients(house),
        _sources(house),
        _books(house),
        _copies(house),
        _people(house),
        *_https(house),
    ]


def problems(house: House, actor: Actor) -> list[Check]:
    """What is not well with the service, what stops it first; none: all is."""
    actor.need(Right.HEALTH)
    return list(health.problems(_watch(house.settings.file).health()))


def sources(house: House, actor: Actor) -> list[SourceAge]:
    """Every source with the last day of its data, its rows, and how old that is."""
    actor.need(Right.HEALTH)
    return [_age(house, facts) for facts in house.source_facts()]


def recipients(house: House, actor: Actor) -> list[UnitRecipient]:
    """Every unit of today with who gets its mails."""
    actor.need(Right.ACCOUNTS)
    units, today = house.tables.units, house.clock.today()
    seen = [one.units or () for one in house.store.accounts.all() if one.left_at is None]
    return [
        UnitRecipient(
            unit.code,
            unit.name,
            tuple(
                " ".join(filter(None, (person.role, person.name, f"<{person.email}>")))
                for person in units.recipients(unit.code, None, today)
            ),
            sum(any(unit.code in units.children(code) for code in chosen) for chosen in seen),
        )
        for unit in units.all
        if unit.is_valid(today)
    ]


def _units(house: House) -> SetupStep:
    table = house.tables.units
    named = {
        unit
        for facts in house.source_facts()
        for unit in facts.units
        if unit and table.at(unit) is None
    }
    many = len([unit for unit in table.all if unit.is_valid(house.clock.today())])
    to_do = "Sửa tables/units.csv trên máy chủ; các dòng gợi ý: doisoat units"
    if not many:
        return SetupStep("Đơn vị", False, "Chưa có bảng đơn vị.", to_do)
    if named:
        said = f"{many} đơn vị; {_listed(named)} gặp trong tệp, chưa có trong bảng."
        return SetupStep("Đơn vị", False, said, to_do)
    return SetupStep("Đơn vị", True, f"{many} đơn vị; mọi tên gặp trong tệp đều có trong bảng.")


def _recipients(house: House) -> SetupStep:
    units, today = house.tables.units, house.clock.today()
    parents = {unit.parent for unit in units.all}
    without = [
        unit.name
        for unit in units.all
        if unit.is_valid(today)
        and unit.code not in parents
        and not units.recipients(unit.code, None, today)
    ]
    title, to_do = "Người nhận thư", "Điền cột recipient, role, email trong tables/units.csv."
    if not units.all:
        return SetupStep(title, False, "Chưa có bảng đơn vị nên chưa ai nhận thư.", to_do)
    if without:
        return SetupStep(title, False, f"Chưa có người nhận: {_listed(without)}.", to_do)
    if not house.settings.mail.host:
        return SetupStep(title, True, "Đủ người nhận; chưa khai máy chủ thư nên thư ghi ra tệp.")
    return SetupStep(title, True, "Mọi đơn vị đều có người nhận.")


def _sources(house: House) -> SetupStep:
    unread = [
        called(house, facts.source)
        for facts in house.source_facts()
        if not any(file.read_at for file in facts.files)
    ]
    many = len(house.settings.sources)
    if unread:
        to_do = "Chép tệp vào hộp nhận của nguồn, rồi chạy đối soát."
        return SetupStep("Nguồn dữ liệu", False, f"Chưa đọc lần nào: {_listed(unread)}.", to_do)
    return SetupStep("Nguồn dữ liệu", True, f"{many} nguồn đã đọc.")


def _books(house: House) -> SetupStep:
    title, to_do = "Sổ khai đủ", "Cán bộ hộ tịch khai ở trang Nạp sổ; chưa khai thì chưa kết luận."
    registers = [one for one in house.settings.sources if one.role is SourceRole.REGISTER]
    known, declared = set(), set()
    for source in registers:
        books = uneven.declared(house.settings, house.tables, house.store, source.name)
        units = house.store.readings.coverage_facts(source.name).units
        known |= set(units)
        everybody = any(not whose for whose, _ in books)
        keys = {unit_key(whose) for whose, _ in books}
        declared |= {unit for unit in units if everybody or unit_key(unit) in keys}
    if not known:
        return SetupStep(title, False, "Chưa có sổ nào.", to_do)
    said = f"{len(declared)}/{len(known)} đơn vị đã khai sổ nhập đủ."
    return SetupStep(title, declared == known, said, "" if declared == known else to_do)


def _copies(house: House) -> SetupStep:
    newest = chores.newest_backup(house.settings)
    if newest is None:
        to_do = "Dịch vụ tự sao lưu mỗi đêm; làm ngay: doisoat db backup TỆP"
        return SetupStep("Sao lưu", False, "Chưa có bản sao lưu nào.", to_do)
    age = (house.clock.today() - newest).days
    said = f"Bản mới nhất ngày {words.day(newest)}."
    to_do = "" if age <= OLD_COPY_DAYS else "Xem nhật ký; làm tay: doisoat db backup TỆP"
    return SetupStep("Sao lưu", age <= OLD_COPY_DAYS, said, to_do)


def _people(house: House) -> SetupStep:
    there = [one for one in house.store.accounts.all() if one.left_at is None]
    roles = {one.role for one in there}
    wanted = {OfficeRole.OFFICER: "nghiệp vụ", OfficeRole.APPROVER: "lãnh đạo duyệt"}
    missing = [words_ for role, words_ in wanted.items() if role.value not in roles]
    if missing:
        said = f"{len(there)} tài khoản; chưa có ai là {' và '.join(missing)}."
        return SetupStep("Người dùng", False, said, "Tạo tài khoản ở mục Tài khoản.")
    return SetupStep("Người dùng", True, f"{len(there)} tài khoản.")


def _https(house: House) -> Iterator[SetupStep]:
    tls = certificates.tls_of(house.settings)
    if tls is None:
        said = "Trang điều hành chỉ mở được trên máy chủ."
        to_do = "Để cả cơ quan dùng: doisoat console certificate TÊN-MÁY ĐỊA-CHỈ-IP"
        yield SetupStep("Truy cập từ máy khác", False, said, to_do)
        return
    left = (tls.until - house.clock.today()).days
    said = f"{certificates.address(house.settings)}; chứng thư hạn {words.day(tls.until)}."
    to_do = "" if left > certificates.SOON else "Gia hạn: chạy lại doisoat console certificate"
    yield SetupStep("Truy cập từ máy khác", left > certificates.SOON, said, to_do)


def _age(house: House, facts: SourceFacts) -> SourceAge:
    read = max((file.read_at for file in facts.files if file.read_at), default=None)
    age = (house.clock.today() - facts.ends).days if facts.ends else None
    return SourceAge(
        title=called(house, facts.source),
        rows=facts.rows,
        until=facts.ends,
        age=age,
        old=age is not None and age > house.policy.stale_after_days,
        read_at=read.astimezone(house.clock.zone) if read else None,
        problem=facts.problem if not facts.answered else "",
    )


def _listed(names: set[str] | list[str]) -> str:
    shown = sorted(names)[:MOST_NAMED]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" và {rest} tên khác" if rest else "")


@functools.cache
def _watch(file: Path) -> Watch:
    """One for each office: whoever asks often does not burden the database."""
    return Watch(file)
