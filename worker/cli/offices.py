"""``init`` and ``check``: setting an office up, and finding out what is wrong with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

import config.scaffold
import config.settings
import config.tables
from config.errors import ConfigError, Problem
from config.settings import Settings
from config.sources import FileSource, SourceSettings
from config.tables import Tables
from connectors import open_connectors
from connectors.connector import Knocks
from connectors.errors import SourceError
from connectors.finding import matching
from reconcile import registers
from reconcile.claims import Origin, Role
from reconcile.linking import owner_proposals
from reconcile.policy import Owner
from worker import asking, books, broker, by_unit, health, quarantine
from worker.alerts import mail
from worker.cli.speech import (
    COULD_NOT_RUN,
    DONE,
    answer,
    config_option,
    hour,
    number,
    put_json,
    say,
    table,
)
from worker.clock import Clock
from worker.house import House
from worker.service import BEAT
from worker.store import Store, StoreError

#: Less than this and a run may not find room for its report.
LOW_DISK_MB = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``check``: what was looked at, whether it is well, and what to do."""

    what: str
    well: bool
    said: str
    to_do: str = ""


@click.command(options_metavar="[TÙY CHỌN]")
@click.argument("folder", metavar="THƯ-MỤC", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Tạo thư mục làm việc: doisoat.toml có chú thích, các bảng và hộp nhận tệp.

    Tệp đã có không bao giờ bị ghi đè.
    """
    written = config.scaffold.write(folder)
    if not written:
        say(f"Thư mục {folder} đã có đủ, không ghi gì thêm.", markup=False)
    for path in written:
        say(f"  + {path}", markup=False)
    say()
    say("Việc tiếp theo:", markup=False)
    say("  1. Sửa tên cơ quan trong doisoat.toml.", markup=False)
    say("  2. Chép tệp xuất từ phần mềm vào inbox/motcua, sổ gõ Excel vào inbox/so-giay.")
    say(f"  3. cd {folder} && doisoat check", markup=False)


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--offline", is_flag=True, help="Không kết nối ra mạng, chỉ xem cấu hình và tệp.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON ra stdout.")
def check(config_file: Path, offline: bool, as_json: bool) -> None:
    """Kiểm tra cấu hình, các bảng, cơ sở dữ liệu và từng nguồn; nói rõ cần làm gì."""
    findings = examine(config_file, offline=offline)
    if as_json:
        put_json(
            [{"what": f.what, "well": f.well, "said": f.said, "to_do": f.to_do} for f in findings]
        )
    else:
        _show(findings)
    ok = all(finding.well for finding in findings)
    raise click.exceptions.Exit(DONE if ok else COULD_NOT_RUN)


def examine(config_file: Path, *, offline: bool) -> list[Finding]:
    """Everything that can be looked at without running, in the order of dependence."""
    problems: list[Problem] = []
    settings: Settings | None = None
    try:
        settings = config.settings.load(config_file, os.environ)
    except ConfigError as error:
        problems += error.problems
    if settings is not None:
        try:
            config.tables.load(settings)
        except ConfigError as error:
            problems += error.problems
    findings = [
        Finding(_place(p), well=False, said=p.text, to_do="Sửa dòng này.") for p in problems
    ]
    if settings is None:
        return findings
    if not problems:
        findings.append(Finding("Cấu hình và các bảng", well=True, said="Không có lỗi."))
    findings += [Finding(_place(p), well=True, said=f"Lưu ý: {p.text}") for p in settings.warnings]
    findings.append(_disk(settings))
    findings += _database(settings)
    findings += _service(settings)
    if not offline:
        findings.append(_broker(settings))
        findings.append(_mail(settings))
    findings += [_source(settings, source, offline=offline) for source in settings.sources]
    return findings


def _place(problem: Problem) -> str:
    return problem.file if problem.line is None else f"{problem.file}, dòng {problem.line}"


def _disk(settings: Settings) -> Finding:
    folder = settings.office.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    well = free >= LOW_DISK_MB
    return Finding(
        "Ổ đĩa",
        well,
        f"Còn trống {number(free)} MB.",
        "" if well else "Dọn bớt hoặc chuyển data_dir sang ổ khác.",
    )


def _database(settings: Settings) -> list[Finding]:
    try:
        store = Store.open(settings.database.connect_url)
    except StoreError as error:
        return [
            Finding(
                "Cơ sở dữ liệu", well=False, said=str(error), to_do="Xem docs/van-hanh.md, mục 6."
            )
        ]
    click.get_current_context().call_on_close(store.close)
    found = [Finding("Cơ sở dữ liệu", well=True, said="Mở được, đúng phiên bản.")]
    found += [one for source in settings.sources for one in _readings(settings, store, source)]
    found += _inboxes(settings, store)
    return found + _books(settings, store) + _owners(settings, store)


def _owners(settings: Settings, store: Store) -> list[Finding]:
    """Whom a source's owner seems to be, where the configuration does not say it."""
    untold = {one.name for one in settings.sources if "owner" not in one.model_fields_set}
    found = owner_proposals.proposals(store.claims(), store.links()) if untold else []
    return [
        Finding(
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


def _readings(settings: Settings, store: Store, source: SourceSettings) -> Iterator[Finding]:
    """What the last readings of a source left undone, and which of its units are behind."""
    facts, what = store.coverage_facts(source.name), f"Nguồn “{source.name}”"
    zone = Clock(settings.office.timezone).zone
    if facts.unread_since is not None:
        since = hour(facts.unread_at or facts.unread_since, zone)
        to_do = (
            "Xuất lại tệp, chép đè lên tệp cũ, rồi chạy: doisoat run"
            if isinstance(source, FileSource)
            else "Xem dòng hỏi thử bên dưới; nguồn trả lời rồi thì chạy: doisoat run"
        )
        yield Finding(what, False, f"Chưa đọc đủ từ {since}: {facts.problem}", to_do)
    if facts.trail_problem:
        said = f"Nhật ký liên thông chưa đọc được: {facts.trail_problem}"
        yield Finding(what, False, said, "Xem trail_path, trail_api và quyền của tài khoản.")
    try:
        tables = config.tables.load(settings)
    except ConfigError:
        return  # told on lines of its own
    books = by_unit.declared(settings, tables, store, source.name)
    uneven = by_unit.uneven(facts, source.role, books, tables.units.name, zone)
    for text in uneven.unread:
        yield Finding(what, False, text, "Xem từng đơn vị: doisoat status --units")
    for text in uneven.otherwise:
        yield Finding(what, True, f"Lưu ý: {text} Từng đơn vị: doisoat status --units")


def _inboxes(settings: Settings, store: Store) -> list[Finding]:
    """Files that were put into a watched inbox and could not be taken in."""
    told = quarantine.told(quarantine.waiting(settings, store))
    return [Finding("Hộp nhận", False, "\n".join(told), quarantine.TO_DO)] if told else []


def _books(settings: Settings, store: Store) -> list[Finding]:
    """A register that was printed from the software proves nothing: the office should say so."""
    paper = {one.name for one in settings.sources if one.role is Role.REGISTER}
    paper -= {one.name for one in settings.sources if one.origin is Origin.PRINTED_FROM_ONE_STOP}
    suspected = registers.printed(store.claims()) if paper else ()
    return [
        Finding(f"Nguồn “{one.source}”", well=True, said=f"Lưu ý: {books.suspicion(one)}")
        for one in suspected
        if one.source in paper
    ]


def _service(settings: Settings) -> list[Finding]:
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
        Finding("Dịch vụ nền", well=False, said=one.said, to_do=one.to_do)
        for one in health.problems(health.look(settings))
        if one.name not in told
    ]


def _broker(settings: Settings) -> Finding:
    what = "Hàng đợi"
    if broker.is_embedded(settings) and not broker.socket_file(settings).exists():
        return Finding(what, well=True, said="Dịch vụ nền chưa chạy; khi chạy sẽ tự có hàng đợi.")
    wrong = broker.knock(settings)
    if not wrong:
        return Finding(what, well=True, said="Trả lời tốt.")
    to_do = (
        "Khởi động lại dịch vụ: systemctl restart doisoat."
        if broker.is_embedded(settings)
        else "Xem [broker] và máy chủ Redis; lượt đã giao vẫn được ghi nhận."
    )
    return Finding(what, well=False, said=wrong, to_do=to_do)


def _mail(settings: Settings) -> Finding:
    """Greets the mail server and signs in; nothing is sent."""
    what, where = "Máy chủ thư", f"{settings.mail.host}:{settings.mail.port}"
    if not settings.mail.host:
        return Finding(
            what, well=True, said="Chưa khai: thư được ghi thành tệp để in hoặc gửi tay."
        )
    wrong = mail.knock(settings.mail)
    if not wrong:
        return Finding(what, well=True, said=f"{where} cho đăng nhập; không gửi thư nào.")
    to_do = "Xem [mail]: host, port, security, ca_file, username, password_file."
    return Finding(what, well=False, said=f"{where}: {wrong}", to_do=to_do)


def _source(settings: Settings, source: SourceSettings, *, offline: bool) -> Finding:
    what = f"Nguồn “{source.name}”"
    if not isinstance(source, FileSource):
        if offline:
            return Finding(what, well=True, said="Không hỏi vì đang chạy --offline.")
        return _knocked(settings, source, what)
    files = matching(str(settings.folder / source.path))
    if not files:
        return Finding(
            what,
            well=False,
            said=f"Không có tệp nào khớp {source.path}.",
            to_do="Chép tệp vào đó, hoặc sửa path.",
        )
    return Finding(what, well=True, said=f"Có {number(len(files))} tệp.")


def _knocked(settings: Settings, source: SourceSettings, what: str) -> Finding:
    """Ask a system for next to nothing."""
    try:
        tables = config.tables.load(settings)
    except ConfigError:
        return Finding(what, well=False, said="Chưa hỏi vì các bảng có lỗi.", to_do="Sửa bảng.")
    connectors = tuple(open_connectors(settings, tables))
    connector = next(one for one in connectors if one.source.name == source.name)
    try:
        said = connector.knock() if isinstance(connector, Knocks) else "Không có cách hỏi thử."
    except SourceError as error:
        return Finding(
            what, well=False, said=str(error), to_do="Kiểm tra địa chỉ, đường mạng, tài khoản."
        )
    return Finding(what, well=True, said=f"{said}{_asked(settings, tables, source.name)}")


def _asked(settings: Settings, tables: Tables, source: str) -> str:
    """How it is asked besides; that it answers now closes its breaker."""
    try:
        store = Store.open(settings.database.connect_url)
    except StoreError:
        return ""  # told on a line of its own
    policy, clock = settings.policy_for(tables), Clock(settings.office.timezone)
    house = House(settings, tables, store, (), policy, clock)
    asking.was_well(house, source)
    told = asking.told(house, source)
    store.close()
    return f" {told[:1].upper()}{told[1:]}." if told else ""


def _show(findings: list[Finding]) -> None:
    lines = table("", "Mục", "Kết quả", "Cần làm")
    for finding in findings:
        mark = "[green]✓[/]" if finding.well else "[bold red]✗[/]"
        lines.add_row(mark, finding.what, finding.said, finding.to_do)
    answer(lines)
    bad = sum(not finding.well for finding in findings)
    answer()
    answer("[green]Mọi thứ đã ổn.[/]" if not bad else f"[bold red]{bad} việc cần làm.[/]")
