"""Care that comes again by itself: copies, retention, a look at whether all is sound, the mails.

Each chore is safe to do twice; two at once are kept apart by a lease of its name.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog

from config.sections import Retention
from config.settings import Settings
from worker.house import House
from worker.service.schedule import BACKUP, DIGEST, PURGE, VERIFY
from worker.store import Purged, Store, StoreDamaged, StoreError, Terms
from worker.store.restoring import REPLACED
from worker.store.schema import BEFORE_UPGRADE

log = structlog.get_logger(__name__)

#: The copies that the service makes by itself: one a day.
COPY = re.compile(r"doisoat-(\d{4}-\d{2}-\d{2})\.db")


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a purge removed, or in a trial would remove: rows of the store, files and folders."""

    rows: Purged
    files: tuple[Path, ...]


#: What a writer leaves that was killed: it gives a file its name only when it is whole.
HALF_WRITTEN = ("backups/*.part", "alerts/.*.part", "reports/*/.*")


def backups_folder(settings: Settings) -> Path:
    """Where the copies of the database lie that the program makes by itself."""
    return settings.office.data_dir / "backups"


def back_up(house: House) -> None:
    """One copy a day, and the old ones removed. Raises StoreError, OSError."""
    folder = backups_folder(house.settings)
    target = folder / f"doisoat-{house.clock.today():%Y-%m-%d}.db"
    if not target.exists():
        house.store.upkeep.backup(target)
        log.info("backup.written", bytes=target.stat().st_size)
    _tell_seal(house.store)
    kept = {day: path for path in folder.glob("doisoat-*.db") if (day := _day_of(path))}
    for day in superseded(kept, house.settings.retention):
        kept[day].unlink(missing_ok=True)


def superseded(days: Collection[date], keep: Retention) -> list[date]:
    """The days whose copies are no longer kept: beside the newest days, the last one of each week
    before them stays for some weeks."""
    newest = sorted(days, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest[keep.backups_daily :]:
        weeks.setdefault(day.isocalendar()[:2], day)
    stays = {*newest[: keep.backups_daily], *list(weeks.values())[: keep.backups_weekly]}
    return sorted(set(days) - stays)


def newest_backup(settings: Settings) -> date | None:
    """The day of the newest copy that the service made."""
    return max(
        filter(None, map(_day_of, backups_folder(settings).glob("doisoat-*.db"))), default=None
    )


def _day_of(path: Path) -> date | None:
    found = COPY.fullmatch(path.name)
    return date.fromisoformat(found[1]) if found else None


def purge(house: House, *, trial: bool = False) -> Cleared:
    """Remove what is kept longer than ``[retention]`` says; a trial only tells."""
    now, keep = house.clock.now(), house.settings.retention
    rows = house.store.upkeep.purge(terms(keep), now, trial=trial)
    files = tuple(sorted({*_folders_of(house.settings, rows.runs), *_old_files(house, now)}))
    for path in () if trial else files:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if not trial:
        log.info("purge.done", files=len(files), **rows.counts)
    return Cleared(rows, files)


def terms(keep: Retention) -> Terms:
    return Terms(
        runs=keep.runs_days,
        discrepancies=keep.discrepancies_days,
        mask_after=keep.mask_after_days,
        audit=keep.audit_days,
    )


def _folders_of(settings: Settings, runs: Iterable[str]) -> Iterator[Path]:
    reports = settings.office.data_dir / "reports"
    return (folder for run_id in runs if (folder := reports / run_id).is_dir())


def _old_files(house: House, now: datetime) -> Iterator[Path]:
    """Mails as files, copies made before a change of the database, logs; what nobody finished."""
    from worker.intake.inbox import DUPLICATE, watched  # a question need not load what reads files
    from worker.intake.quarantine import QUARANTINE

    settings, keep = house.settings, house.settings.retention
    data = settings.office.data_dir
    places: list[tuple[Path, str, int]] = [
        (data / "alerts", "*", keep.originals_days),
        (data / "logs", "*", keep.logs_days),
    ]
    beside = [backups_folder(settings)]
    if house.store.database.is_sqlite:
        beside.append(house.store.database.file.parent)
    for folder in beside:
        places += [
            (folder, f"*.{BEFORE_UPGRADE}-*", keep.originals_days),
            (folder, f"*.{REPLACED}-*", keep.originals_days),
        ]
    for inbox in watched(settings.sources):  # what is done is still read by every poll
        places += [
            (inbox / folder, "*/*", keep.originals_days) for folder in (QUARANTINE, DUPLICATE)
        ]
    places += [(data, half, 1) for half in HALF_WRITTEN]
    for folder, pattern, days in places:
        oldest = (now - timedelta(days=days)).timestamp()
        for path in folder.glob(pattern):
            if path.stat().st_mtime < oldest:
                yield path


def verify(house: House) -> None:
    """Raises StoreDamaged with the first thing that is wrong."""
    _tell_seal(house.store)
    wrong = house.store.upkeep.verify()
    if wrong:
        raise StoreDamaged(wrong[0])


def _tell_seal(store: Store) -> None:
    """The log lies elsewhere: whoever forges the audit would have to forge the log too."""
    seq, seal = store.audit.head()
    log.info("audit.head", seq=seq, seal=seal)


def digest(house: House) -> None:
    """The mails whose day it is, for offices where no run gave rise to them."""
    from worker import alerts

    made = alerts.prepare(house, asked_for=False)
    log.info("mails.prepared", mails=made)
    deliver(house)


def deliver(house: House) -> None:
    """Send what is due."""
    from worker.alerts import delivery

    done = delivery.deliver(house)
    if done.counts or done.problem:
        counts = {state.value: count for state, count in done.counts.items()}
        log.info("mails.delivered", problem=done.problem, **counts)


CHORES: Mapping[str, Callable[[House], object]] = {
    BACKUP: back_up,
    PURGE: purge,
    VERIFY: verify,
    DIGEST: digest,
}


def do(house: House, name: str) -> str:
    """Do a chore; what went wrong, in Vietnamese, empty when nothing did."""
    try:
        CHORES[name](house)
    except StoreError as error:
        log.exception("chore.failed", chore=name)
        return str(error)
    except OSError as error:
        log.exception("chore.failed", chore=name)
        return f"Không ghi được tệp: {error.strerror or type(error).__name__}"
    except Exception as error:
        # Whatever it was, it is logged, and told by status and health; the next day tries again.
        log.exception("chore.failed", chore=name)
        return f"Lỗi {type(error).__name__}"
    return ""


__all__: Sequence[str] = ("CHORES", "Cleared", "do", "purge", "superseded")
