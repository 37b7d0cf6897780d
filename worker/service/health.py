"""Whether the service is well: asked by people, by supervisors and by a monitoring system.

Every answer is looked up when it is asked for: a process that runs is no proof of anything, a row
that a task wrote after it went through the broker is.
"""

from __future__ import annotations

import math
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

import config.settings
from config.errors import ConfigError
from config.settings import Settings
from worker.clock import Clock
from worker.house import open_store
from worker.service import chores
from worker.service.schedule import BEAT, sign
from worker.store import MailState, Poll, RunState, Store, StoreError

log = structlog.get_logger(__name__)

#: Below it the next report or backup may not fit.
LOW_DISK_MB = 500
LOW_DISK_SHARE = 0.05
#: A mail that waits longer was forgotten by somebody.
OLD_MAIL = timedelta(hours=1)
#: A run that waits longer finds no worker.
OLD_RUN_SECONDS = 900.0
#: The service copies the database every night.
OLD_BACKUP_DAYS = 3
#: Seconds after which a check that has not answered is taken as "no".
PATIENCE = 5.0
#: Seconds for which an answer is given again: whoever asks often does not burden the database.
FRESH = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``stops``: without it the service cannot do its work."""

    name: str
    well: bool
    said: str
    to_do: str = ""
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    """All that was looked at, and the numbers for a monitoring system."""

    checks: tuple[Check, ...]
    numbers: Mapping[str, float]
    polls: tuple[Poll, ...] = ()  # of the configured sources

    @property
    def ready(self) -> bool:
        return all(check.well for check in self.checks if check.stops)


def look(settings: Settings) -> Health:
    """Look at everything now. Never raises for what it looks at."""
    disk, free = _disk(settings)
    try:
        store = open_store(settings, make=False)
    except StoreError as error:
        broken = Check(
            "database", well=False, said=str(error), to_do="Xem docs/van-hanh.md, mục 6."
        )
        return Health((broken, disk), {"disk_free_bytes": free})
    try:
        return _inside(settings, store, disk, free)
    except StoreError as error:
        broken = Check(
            "database", well=False, said=str(error), to_do="Xem docs/van-hanh.md, mục 6."
        )
        return Health((broken, disk), {"disk_free_bytes": free})
    finally:
        store.close()


def _inside(settings: Settings, store: Store, disk: Check, free: float) -> Health:
    clock = Clock(settings.office.timezone)
    store.schedule.beat("write-test", clock=clock.now(), host="", problem="")
    numbers: dict[str, float] = {"disk_free_bytes": free}
    checks = [
        Check("database", well=True, said="Ghi được, đúng phiên bản."),
        disk,
        *_beat(settings, store, numbers),
        *_queue(store, numbers),
        *_outbox(settings, store, numbers),
        *_chores(settings, store, numbers),
        *_sources(settings, store, numbers),
        *_linking(store),
    ]
    last = next((run for run in store.runs.newest(20) if run.state is RunState.DONE), None)
    if last is not None and last.finished is not None:
        numbers["last_run_finished_timestamp_seconds"] = last.finished.timestamp()
        numbers["last_run_exit_code"] = float(last.exit_code or 0)
    names = {source.name for source in settings.sources}
    polls = tuple(poll for name, poll in store.asked.all().items() if name in names)
    return Health(tuple(checks), numbers, polls)


def _linking(store: Store) -> list[Check]:
    """The newest linking of everything came to something else than linking by change."""
    newest = store.prepared.newest()
    if newest is None or newest.whole_same is not False:
        return []
    return [
        Check(
            "linking",
            well=False,
            said="Đối chiếu toàn bộ cho kết quả khác với ghép theo thay đổi; đã dùng kết quả toàn"
            " bộ.",
            to_do="Gửi nhật ký (run.links_differ, run.verdicts_differ) cho nhóm kỹ thuật.",
            stops=False,
        )
    ]


def _disk(settings: Settings) -> tuple[Check, float]:
    folder = settings.office.data_dir
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    well = usage.free >= LOW_DISK_MB * 1_000_000 and usage.free >= LOW_DISK_SHARE * usage.total
    to_do = "" if well else "Dọn bớt hoặc chuyển data_dir sang ổ khác."
    return Check("disk", well, f"Còn trống {usage.free // 1_000_000} MB.", to_do), float(usage.free)


def _beat(settings: Settings, store: Store, numbers: dict[str, float]) -> list[Check]:
    """The sign of life of a task that went through the broker, not older than two sweeps."""
    last = store.schedule.last_beat(BEAT)
    to_do = "Xem nhật ký; khởi động lại: systemctl restart doisoat"
    if last is None:
        return [Check("heartbeat", well=False, said="Dịch vụ nền chưa chạy lần nào.", to_do=to_do)]
    if math.isinf(last.age):
        said = "Nhịp cuối ghi ở tương lai: đồng hồ máy đã chạy sai, từ đó chưa có nhịp nào."
        return [Check("heartbeat", well=False, said=said, to_do=to_do)]
    if store.schedule.is_stopped(BEAT):
        to_do = "Chạy lại: systemctl start doisoat"
        return [Check("heartbeat", False, "Dịch vụ đã dừng theo yêu cầu.", to_do)]
    numbers["heartbeat_age_seconds"] = last.age
    # Two intervals, and the time that a task may wait behind others.
    most = 2 * settings.service.sweep.total_seconds() + PATIENCE
    found = [
        Check(
            "heartbeat",
            well=last.age <= most,
            said=f"Dịch vụ báo hoạt động lần cuối cách đây {last.age:.0f} giây.",
            to_do="" if last.age <= most else to_do,
        )
    ]
    if last.problem:
        to_do = "Chỉnh đồng hồ máy (NTP); lịch tự chạy đang tạm nghỉ."
        found.append(Check("clock", well=False, said=last.problem, to_do=to_do, stops=False))
    return found


def _queue(store: Store, numbers: dict[str, float]) -> list[Check]:
    waiting = store.queue.waiting()
    numbers["queue_runs"] = float(waiting.count)
    numbers["queue_oldest_seconds"] = waiting.oldest
    well = waiting.oldest <= OLD_RUN_SECONDS
    found = [
        Check(
            "queue",
            well,
            f"{waiting.count} lượt đang chờ, lâu nhất {waiting.oldest:.0f} giây.",
            "" if well else "Một lượt chờ quá lâu: xem nhật ký của tiến trình làm việc.",
            stops=False,
        )
    ]
    aside = [run.id for run in store.runs.newest(50) if run.state is RunState.QUARANTINED]
    numbers["runs_quarantined"] = float(len(aside))
    if aside:
        said = f"Lượt bị gác lại sau nhiều lần hỏng: {', '.join(aside[:3])}"
        to_do = "Xem nhật ký của lượt đó; thường do một tệp làm tiến trình dừng."
        found.append(Check("quarantine", well=False, said=said, to_do=to_do, stops=False))
    return found


def _outbox(settings: Settings, store: Store, numbers: dict[str, float]) -> list[Check]:
    clock = Clock(settings.office.timezone)
    now = clock.now()
    switch = store.outbox.switch()
    late = [
        now - mail.next_at for mail in store.outbox.mails(MailState.PENDING) if mail.next_at <= now
    ]
    oldest = max(late, default=timedelta())
    unsure = len(store.outbox.mails(MailState.UNCERTAIN))
    numbers["outbox_pending"] = float(len(late))
    numbers["outbox_oldest_seconds"] = oldest.total_seconds()
    numbers["outbox_uncertain"] = float(unsure)
    numbers["outbox_frozen"] = float(switch.frozen)
    well = oldest <= OLD_MAIL or switch.frozen
    to_do = "" if well else "Xem thư chờ: doisoat alerts list; kiểm tra máy chủ thư: doisoat check"
    found = [Check("outbox", well, f"{len(late)} thư đến hạn chưa gửi.", to_do)]
    if switch.frozen:
        said = "Thư đang được giữ lại."  # why stands in the database: a person wrote it
        to_do = "Kiểm tra rồi cho gửi: doisoat alerts unfreeze"
        found.append(Check("frozen", well=False, said=said, to_do=to_do, stops=False))
    if unsure:
        said = f"{unsure} thư không rõ đã đến chưa."
        to_do = "Hỏi người nhận, rồi: doisoat alerts list, doisoat alerts resend SỐ"
        found.append(Check("uncertain", well=False, said=said, to_do=to_do, stops=False))
    return found


#: What to do when a chore of the night went wrong.
CHORES = {
    "backup": ("Sao lưu", "Xem ổ đĩa của data_dir; làm tay: doisoat db backup TỆP"),
    "purge": ("Dọn theo thời hạn lưu", "Làm tay để xem lỗi: doisoat db purge --dry-run"),
    "verify": ("Kiểm tra toàn vẹn", "Dừng dịch vụ; doisoat db verify, doisoat db restore TỆP"),
    "digest": ("Soạn thư", "Xem nhật ký; làm tay: doisoat alerts send"),
}


def _chores(settings: Settings, store: Store, numbers: dict[str, float]) -> list[Check]:
    """What went wrong in the night, and a copy of the database that is too old."""
    found: list[Check] = []
    for name, (what, to_do) in CHORES.items():
        last = store.schedule.last_beat(sign(name))
        if last is not None and last.problem:
            on = last.clock.astimezone(Clock(settings.office.timezone).zone)
            said = f"{what} ngày {on:%d/%m/%Y} không xong: {last.problem}"
            found.append(Check(name, well=False, said=said, to_do=to_do, stops=False))
    newest = chores.newest_backup(settings)
    clock = Clock(settings.office.timezone)
    if newest is not None:
        age = (clock.today() - newest).days
        numbers["backup_age_days"] = float(age)
        if age > OLD_BACKUP_DAYS and not any(one.name == "backup" for one in found):
            said = f"Bản sao lưu mới nhất đã {age} ngày tuổi."
            to_do = CHORES["backup"][1]
            found.append(Check("backup", well=False, said=said, to_do=to_do, stops=False))
    return found


def _sources(settings: Settings, store: Store, numbers: dict[str, float]) -> list[Check]:
    """A source that is not read is told loudly, and stops nothing: the others go on."""
    found: list[Check] = []
    for facts in store.readings.coverage_facts_of([one.name for one in settings.sources]):
        if facts.unread_since is not None:
            said = f"Chưa đọc đủ từ {facts.unread_since:%d/%m/%Y}: {facts.problem}"
            to_do = "Xem docs/van-hanh.md, mục 3."
            name = f"source:{facts.source}"
            found.append(Check(name, well=False, said=said, to_do=to_do, stops=False))
    numbers["sources_unread"] = float(len(found))
    return found


class Watch:
    """Asks ``look`` for whoever comes, in time: what does not answer is not well."""

    def __init__(self, config_file: Path, ask: Callable[[Settings], Health] = look) -> None:
        self._file = config_file
        self._ask = ask
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._known: Health | None = None
        self._known_at = float("-inf")

    def health(self) -> Health:
        """The health now, or that it could not be found out within some seconds."""
        with self._lock:
            if self._known is not None and time.monotonic() - self._known_at < FRESH:
                return self._known
            if self._asking is None or not self._asking.is_alive():
                self._known = None  # what was known before is no answer of now
                asking = threading.Thread(target=self._look, name="health", daemon=True)
                try:
                    asking.start()
                except RuntimeError:
                    return _unknown("Máy không còn chỗ cho một luồng xử lý nữa.")
                self._asking = asking
            asking = self._asking
        asking.join(PATIENCE)
        known = self._known
        if asking.is_alive() or known is None:
            return _unknown(f"Cơ sở dữ liệu không trả lời trong {PATIENCE:.0f} giây.")
        return known

    def _look(self) -> None:
        try:
            found = self._ask(config.settings.load(self._file, os.environ))
        except ConfigError as error:
            said = f"Cấu hình có {len(error.problems)} lỗi."
            found = Health((Check("configuration", False, said, "Chạy: doisoat check"),), {})
        except Exception as error:
            # What nobody foresaw is "not well", never the answer of before; the log has the rest.
            log.exception("health.not_found_out", error=type(error).__name__)
            found = _unknown(f"Không xem được tình trạng: lỗi {type(error).__name__}.")
        self._known, self._known_at = found, time.monotonic()


def _unknown(said: str) -> Health:
    return Health((Check("database", well=False, said=said),), {})


def problems(health: Health) -> Sequence[Check]:
    """What is not well, what stops the service first."""
    return sorted((one for one in health.checks if not one.well), key=lambda one: not one.stops)
