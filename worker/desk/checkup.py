"""What ``check`` looks at: configuration, tables, database, service, mail server, every source."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import config.office_tables
import config.settings
from config.errors import ConfigError, Problem
from config.office_tables import Tables
from config.settings import Settings
from config.sources import FileSource, SourceSettings
from connectors import open_connectors
from connectors.connector import Knocks
from connectors.errors import SourceError, unforeseen
from connectors.files.there import matching, passed_over, shown
from reconcile.claims import Origin, Role, Snapshot
from reconcile.judging import registers
from reconcile.linking import owner_proposals
from reconcile.policy import Owner
from worker.alerts import smtp
from worker.clock import Clock
from worker.house import House, open_store, told_of_files
from worker.run import file_questions, look_ups, warnings
from worker.run import uneven as by_unit
from worker.run.notices import notices
from worker.service import broker, health, inbox, quarantine
from worker.service.schedule import BEAT
from worker.store import Store, StoreError
from worker.words import hour, number

#: Units that one line names; the rest is counted.
MOST_NAMED = 5
#: Files that one line names.
MOST_FILES = 5
#: Linked rows of a register that tell whom the owner of a source is.
MOST_LINKS = 5000
#: Less than this and a run may not find room for its report.


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of ``check``: what was looked at, whether it is well, and what to do."""

    what: str
    well: bool
    said: str
    to_do: str = ""


def examine(config_file: Path, environ: Mapping[str, str], *, offline: bool) -> list[CheckLine]:
    """A line of everything that can be looked at without running, in the order of dependence."""
    problems: list[Problem] = []
    settings: Settings | None = None
    try:
        settings = config.settings.load(config_file, environ)
    except ConfigError as error:
        problems += error.problems
    tables: Tables | None = None
    if settings is not None:
        try:
            tables = config.office_tables.load(settings)
        except ConfigError as error:
            problems += error.problems
    findings = [
        CheckLine(_place(p), well=False, said=p.text, to_do="Sửa dòng này.") for p in problems
    ]
    if settings is None:
        return findings
    if not problems:
        findings.append(CheckLine("Cấu hình và các bảng", well=True, said="Không có lỗi."))
    findings += [
        CheckLine(_place(p), well=True, said=f"Lưu ý: {p.text}") for p in settings.warnings
    ]
    if tables is not None:
        noted = tables.notes
        findings += [CheckLine(_place(p), well=True, said=f"Lưu ý: {p.text}") for p in noted]
        clock = Clock(settings.office.timezone)
        findings += _units(tables, clock.today())
    findings.append(_disk(settings))
    findings += _database(settings)
    findings += _service(settings)
    if not offline:
        findings.append(_broker(settings))
        findings.append(_mail(settings))
    findings += [_source(settings, source, offline=offline) for source in settings.sources]
    return findings


def _units(tables: Tables, today: date) -> list[CheckLine]:
    """Without units nobody gets a mail, and every spelling is a unit of its own."""
    what = "Bảng đơn vị"
    if not tables.units:
        said = "Chưa có bảng đơn vị: không ai nhận thư."
        to_do = "Điền tables/units.csv; gợi ý từ các tệp: doisoat units"
        return [CheckLine(what, well=True, said=f"Lưu ý: {said}", to_do=to_do)]
    without = [
        unit.name
        for unit in tables.units.all
        if unit.is_valid(today) and not tables.units.recipients(unit.code, None, today)
    ]
    if not without:
        return []
    named = ", ".join(without[:MOST_NAMED])
    more = f" và {number(len(without) - MOST_NAMED)} đơn vị khác" * (len(without) > MOST_NAMED)
    said = f"Lưu ý: chưa có người nhận thư: {named}{more}."
    return [CheckLine(what, well=True, said=said, to_do="Điền cột email ở tables/units.csv.")]


def _place(problem: Problem) -> str:
    return problem.file if problem.line is None else f"{problem.file}, dòng {problem.line}"


def _disk(settings: Settings) -> CheckLine:
    folder = settings.office.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    well = free >= health.LOW_DISK_MB
    return CheckLine(
        "Ổ đĩa",
        well,
        f"Còn trống {number(free)} MB.",
        "" if well else "Dọn bớt hoặc chuyển data_dir sang ổ khác.",
    )


def _database(settings: Settings) -> list[CheckLine]:
    try:
        store = open_store(settings)
    except StoreError as error:
        return [
            CheckLine(
                "Cơ sở dữ liệu", well=False, said=str(error), to_do="Xem docs/van-hanh.md, mục 6."
            )
        ]
    with closing(store):
        return [
            CheckLine("Cơ sở dữ liệu", well=True, said="Mở được, đúng phiên bản."),
            *_in_the_store(settings, store),
        ]


def _in_the_store(settings: Settings, store: Store) -> list[CheckLine]:
    """What earlier runs and persons left to be looked at."""
    found: list[CheckLine] = []
    found += [one for source in settings.sources for one in _readings(settings, store, source)]
    clock = Clock(settings.office.timezone)
    found += [
        CheckLine(one.what, well=False, said=one.said, to_do=one.to_do)
        for one in notices(settings, store, clock.today())
    ]
    found += _inboxes(settings, store)
    return found + _books(settings, store) + _owners(settings, store)


def _owners(settings: Settings, store: Store) -> list[CheckLine]:
    """Whom a source's owner seems to be, where the configuration does not say it."""
    untold = {one.name for one in settings.sources if "owner" not in one.model_fields_set}
    rows = [one.name for one in settings.sources if one.role is Role.REGISTER] if untold else []
    links = [link for name in rows for link in store.search.linked_by_code(name, MOST_LINKS)]
    keys = {key for link in links for key in (link.row, link.dossier) if key}
    found = owner_proposals.proposals(store.search.claims(keys), links)
    return [
        CheckLine(
            f"Nguồn “{one.source}”",
            well=True,
            said=f"Lưu ý: {_whom(one)}",
            to_do=f"Xem lại, nếu đúng thì ghi: {_setting(one)}",
        )
        for one in found
        if one.source in untold and one.owner is not Owner.MIXED
    ]


def _whom(one: owner_proposals.Proposal) -> str:
    whom = "trẻ hoặc người chết" if one.owner is Owner.SUBJECT else "người nộp hồ sơ"
    where = f" của {one.unit}" if one.unit else ""
    told = number(one.subjects + one.applicants)
    return f"cột chủ hồ sơ{where} có vẻ ghi {whom} (theo {told} hồ sơ đã ghép bằng mã)."


def _setting(one: owner_proposals.Proposal) -> str:
    value = f'"{one.owner}"'
    return f'owner_of = {{ "{one.unit}" = {value} }}' if one.unit else f"owner = {value}"


def _readings(settings: Settings, store: Store, source: SourceSettings) -> Iterator[CheckLine]:
    """What the last readings of a source left undone, and which of its units are behind."""
    facts, what = store.readings.coverage_facts(source.name), f"Nguồn “{source.name}”"
    zone = Clock(settings.office.timezone).zone
    if facts.unread_since is not None:
        since = hour(facts.unread_at or facts.unread_since, zone)
        to_do = (
            "Xuất lại tệp, chép đè lên tệp cũ, rồi chạy: doisoat run"
            if isinstance(source, FileSource)
            else "Xem dòng hỏi thử bên dưới; nguồn trả lời rồi thì chạy: doisoat run"
        )
        yield CheckLine(what, False, f"Chưa đọc đủ từ {since}: {facts.problem}", to_do)
    for text in file_questions.questions(facts.files):
        said, _, to_do = text.partition(file_questions.TO_DO)
        yield CheckLine(what, False, said.strip(), f"{file_questions.TO_DO}{to_do}")
    if facts.trail_problem:
        said = f"Nhật ký liên thông chưa đọc được: {facts.trail_problem}"
        yield CheckLine(what, False, said, "Xem trail_path, trail_api và quyền của tài khoản.")
    clock = Clock(settings.office.timezone)
    if text := warnings.old(source, facts.ends, clock.today(), settings.policy.stale_after_days):
        yield CheckLine(what, True, f"Lưu ý: {text}.")
    try:
        tables = config.office_tables.load(settings)
    except ConfigError:
        return  # told on lines of its own
    declared = by_unit.declared(settings, tables, store, source.name)
    uneven = by_unit.uneven(facts, source.role, declared, tables.units.name, zone)
    for text in uneven.unread:
        yield CheckLine(what, False, text, "Xem từng đơn vị: doisoat status --units")
    for text in uneven.otherwise:
        yield CheckLine(what, True, f"Lưu ý: {text} Từng đơn vị: doisoat status --units")


def _inboxes(settings: Settings, store: Store) -> list[CheckLine]:
    """Files that were put into a watched inbox and could not be taken in."""
    told = quarantine.told(quarantine.waiting(settings, store))
    found = [CheckLine("Hộp nhận", False, "\n".join(told), quarantine.TO_DO)] if told else []
    for folder in inbox.watched(settings.sources):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            to_do = "Cấp quyền ghi thư mục này cho tài khoản chạy dịch vụ."
            found.append(CheckLine("Hộp nhận", False, f"Không ghi được vào {folder}.", to_do))
    return found


def _books(settings: Settings, store: Store) -> list[CheckLine]:
    """A register that was printed from the software proves nothing: the office should say so."""
    paper = {one.name for one in settings.sources if one.role is Role.REGISTER}
    paper -= {one.name for one in settings.sources if one.origin is Origin.PRINTED_FROM_ONE_STOP}
    suspected = (
        registers.printed(store.search.in_order_of_exports(registers.FEWEST)) if paper else ()
    )
    return [
        CheckLine(f"Nguồn “{one.source}”", well=True, said=f"Lưu ý: {warnings.suspicion(one)}")
        for one in suspected
        if one.source in paper
    ]


def _service(settings: Settings) -> list[CheckLine]:
    """What the background service left behind that a person should look at."""
    try:
        store = Store.open(settings.database.connect_url, upgrade_if_missing=False)
    except StoreError:
        return []
    served = store.schedule.last_beat(BEAT) is not None
    store.close()
    if not served:
        return []
    told = {"database", "disk", *(f"source:{source.name}" for source in settings.sources)}
    return [
        CheckLine("Dịch vụ nền", well=False, said=one.said, to_do=one.to_do)
        for one in health.problems(health.look(settings))
        if one.name not in told
    ]


def _broker(settings: Settings) -> CheckLine:
    what = "Hàng đợi"
    if broker.is_embedded(settings) and not broker.socket_file(settings).exists():
        return CheckLine(what, well=True, said="Dịch vụ nền chưa chạy; khi chạy sẽ tự có hàng đợi.")
    wrong = broker.knock(settings)
    if not wrong:
        return CheckLine(what, well=True, said="Trả lời tốt.")
    to_do = (
        "Khởi động lại dịch vụ: systemctl restart doisoat."
        if broker.is_embedded(settings)
        else "Xem [broker] và máy chủ Redis; lượt đã giao vẫn được ghi nhận."
    )
    return CheckLine(what, well=False, said=wrong, to_do=to_do)


def _mail(settings: Settings) -> CheckLine:
    """Greets the mail server and signs in; nothing is sent."""
    what, where = "Máy chủ thư", f"{settings.mail.host}:{settings.mail.port}"
    if not settings.mail.host:
        return CheckLine(
            what, well=True, said="Chưa khai: thư được ghi thành tệp để in hoặc gửi tay."
        )
    wrong = smtp.knock(settings.mail)
    if not wrong:
        return CheckLine(what, well=True, said=f"{where} cho đăng nhập; không gửi thư nào.")
    to_do = "Xem [mail]: host, port, security, ca_file, username, password_file."
    return CheckLine(what, well=False, said=f"{where}: {wrong}", to_do=to_do)


def _source(settings: Settings, source: SourceSettings, *, offline: bool) -> CheckLine:
    what = f"Nguồn “{source.name}”"
    if not isinstance(source, FileSource):
        if offline:
            return CheckLine(what, well=True, said="Không hỏi vì đang chạy --offline.")
        return _knocked(settings, source, what)
    files = matching(str(settings.folder / source.path))
    others = [one.path for one in settings.sources if isinstance(one, FileSource)]
    beside = passed_over(
        str(settings.folder / source.path), (str(settings.folder / path) for path in others)
    )
    if beside:
        names = ", ".join(f"«{shown(Path(path.name))}»" for path in beside[:MOST_NAMED])
        return CheckLine(
            what,
            well=False,
            said=f"Có {number(len(files))} tệp; {number(len(beside))} tệp nằm cạnh không khớp "
            f"{source.path} nên không được đọc: {names}.",
            to_do="Là dữ liệu thì đổi phần cuối của path thành *; không thì chuyển tệp đi.",
        )
    if not files:
        return CheckLine(
            what,
            well=False,
            said=f"Không có tệp nào khớp {source.path}.",
            to_do="Chép tệp vào đó, hoặc sửa path.",
        )
    broken = _unreadable(settings, source)
    if not broken:
        return CheckLine(what, well=True, said=f"Có {number(len(files))} tệp.")
    told = [f"{one.file}: {one.problem}" for one in broken[:MOST_FILES]]
    if len(broken) > MOST_FILES:
        told.append(f"và {number(len(broken) - MOST_FILES)} tệp khác")
    said = f"Có {number(len(files))} tệp, {number(len(broken))} tệp không đọc được.\n"
    to_do = "Xem từng cột: doisoat import --dry-run TỆP. Sửa, xuất lại, hoặc dời tệp lạ đi."
    return CheckLine(what, well=False, said=said + "\n".join(told), to_do=to_do)


def _unreadable(settings: Settings, source: FileSource) -> list[Snapshot]:
    """The files that a run could not take in; one that was read before and is as then is known."""
    try:
        tables = config.office_tables.load(settings)
        store = open_store(settings)
    except (ConfigError, StoreError):
        return []  # told on lines of their own
    one = settings.model_copy(update={"sources": (source,)})
    (connector,) = open_connectors(one, tables, *told_of_files(store))
    memory = store.readings.memory(source.name)
    store.close()
    return [snapshot for snapshot in connector.fetch(memory) if not snapshot.complete]


def _knocked(settings: Settings, source: SourceSettings, what: str) -> CheckLine:
    """Ask a system for next to nothing."""
    try:
        tables = config.office_tables.load(settings)
    except ConfigError:
        return CheckLine(what, well=False, said="Chưa hỏi vì các bảng có lỗi.", to_do="Sửa bảng.")
    connectors = tuple(open_connectors(settings, tables))
    connector = next(one for one in connectors if one.source.name == source.name)
    try:
        said = connector.knock() if isinstance(connector, Knocks) else "Không có cách hỏi thử."
    except Exception as raised:
        # Protects the other lines of the check: an error that nobody foresaw is one of them.
        known = isinstance(raised, SourceError)
        error = raised if known else unforeseen(raised, source.name)
        return CheckLine(
            what, well=False, said=str(error), to_do="Kiểm tra địa chỉ, đường mạng, tài khoản."
        )
    return CheckLine(what, well=True, said=f"{said}{_asked(settings, tables, source.name)}")


def _asked(settings: Settings, tables: Tables, source: str) -> str:
    """How it is asked besides; that it answers now closes its breaker."""
    try:
        store = open_store(settings)
    except StoreError:
        return ""  # told on a line of its own
    policy, clock = config.office_tables.policy(settings, tables), Clock(settings.office.timezone)
    house = House(settings, tables, store, policy, clock)
    look_ups.was_well(house, source)
    told = look_ups.told(house, source)
    store.close()
    return f" {told[:1].upper()}{told[1:]}." if told else ""
