"""The watched inbox (hộp nhận): files that offices put into a folder, taken in once and kept.

    so.xlsx → processing/<id>/so.xlsx → done/<day>/<id>/, quarantine/<day>/<id>/, duplicate/…

A file is touched only when it has stayed as it is for two looks and nobody has it open; it is
moved away before it is read, and its folder moves on as a whole, so that a crash leaves it either
waiting, in ``processing`` (found at the next look), or done. Each content is taken once. What
became of it lies beside it as a note in Vietnamese.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from config.sources import FileSource
from connectors.errors import SourceGarbled
from connectors.files import workbook
from connectors.files.folder import FileConnector
from connectors.files.preview import reasons
from connectors.files.there import DONE, NOTE, shown
from reconcile.claims import Snapshot
from worker.house import House
from worker.intake.quarantine import QUARANTINE, REASON, STAMP, note_name, note_of
from worker.run import file_questions, leases
from worker.store import Lease, Sighting, Taken

log = structlog.get_logger(__name__)

PROCESSING, DUPLICATE = "processing", "duplicate"
#: Two looks that count lie at least so far apart, and so many must find the file unchanged.
APART = timedelta(seconds=10)
LOOKS = 2
#: How programs name what they are still writing, and what the system keeps for itself.
UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".download")
SYSTEM = ("thumbs.db", "desktop.ini")
SIZE = "Kích thước: "
OPEN = "đang mở trên máy khác hoặc đang được ghi; hãy đóng tệp"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one file of an inbox. ``place`` is where it lies now.

    ``outcome``: ``done``, ``quarantine``, ``duplicate``, or ``left`` where it was, for ``said``.
    """

    source: str
    name: str
    outcome: str
    place: Path
    said: str = ""  # Vietnamese
    intake: Taken | None = None


def watch(house: House) -> list[Handled]:
    """Look into every inbox once and take in what is ready; raises ``leases.Busy`` during a run."""
    watched = [one for one in house.connectors if isinstance(one, FileConnector)]
    found = {one.source.inbox: one for one in watched if one.source.inbox is not None}
    if not found:
        return []
    unusable = [one for inbox, connector in found.items() for one in _prepared(inbox, connector)]
    found = {inbox: one for inbox, one in found.items() if inbox not in {x.place for x in unusable}}
    for inbox in found:
        _bring_back(inbox)
    ready = _look(house, found)
    if not ready and not any(_unfinished(inbox) for inbox in found):
        return unusable
    handled: list[Handled] = list(unusable)
    with leases.held(house.store, "", house.clock) as lease:
        for inbox, connector in found.items():
            for folder in _unfinished(inbox):
                handled += _guarded(
                    partial(_take, house, connector, inbox, folder, lease), connector, folder
                )
        for path in ready:
            connector = found[path.parent]
            handled += _guarded(partial(_receive, house, connector, path, lease), connector, path)
    return handled


def _prepared(inbox: Path, connector: FileConnector) -> Iterator[Handled]:
    """An inbox in which nothing can be written is told, and keeps no other from its files."""
    try:
        (inbox / PROCESSING).mkdir(parents=True, exist_ok=True)
        writable = os.access(inbox, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        said = "Hộp nhận không ghi được; cấp quyền ghi cho tài khoản chạy dịch vụ."
        log.warning("inbox.unwritable", source=connector.source.name)
        yield Handled(connector.source.name, inbox.name, "left", inbox, said)


def _guarded(
    act: Callable[[], list[Handled]], connector: FileConnector, path: Path
) -> list[Handled]:
    """What the system refuses for one file ends that file alone; it is tried at the next look."""
    try:
        return act()
    except OSError as refused:
        log.warning("inbox.left", source=connector.source.name, error=type(refused).__name__)
        said = f"Không xử lý được tệp ({refused.strerror or 'lỗi hệ thống'}); kiểm tra ổ đĩa."
        return [Handled(connector.source.name, path.name, "left", path, said)]


def watched(sources: Iterable[object]) -> list[Path]:
    """The inboxes of an office."""
    return [one.inbox for one in sources if isinstance(one, FileSource) and one.inbox is not None]


# Looking


def _bring_back(inbox: Path) -> None:
    """Put files back that changed since they were read in quarantine: a copy that had stalled went
    on writing, whatever folder the file lay in by then."""
    for path in sorted(inbox.glob(f"{QUARANTINE}/*/*/*")):
        note = note_of(path)
        try:
            if path.name.endswith(NOTE) or not _went_on(path, note):
                continue
            if not (inbox / path.name).exists():
                path.rename(inbox / path.name)
                note.unlink()
                path.parent.rmdir()
                log.info("inbox.brought_back", id=path.parent.name)
        except OSError as refused:
            log.warning("inbox.not_brought_back", error=type(refused).__name__)


def _went_on(path: Path, note: Path) -> bool:
    """Whether a file was written to after what became of it was noted."""
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode) or not note.is_file():
        return False
    lines = note.read_text("utf-8-sig", errors="replace").splitlines()
    size = next((line.removeprefix(SIZE) for line in lines if line.startswith(SIZE)), "")
    return bool(size) and size != f"{facts.st_size} byte"


def _look(house: House, found: Mapping[Path, FileConnector]) -> list[Path]:
    """Remember how every waiting file looks; those that are ready."""
    known = house.store.sightings.known()
    now = house.clock.now()
    there = {path: facts for inbox in found for path, facts in waiting(inbox)}
    named = {path: shown(path) for path in there}
    seen = {
        named[path]: sighted(known.get(named[path]), facts, now) for path, facts in there.items()
    }
    ready = [path for path in there if seen[named[path]].times >= LOOKS]
    gone = [path for path in known if path not in seen]
    changed = {path: one for path, one in seen.items() if known.get(path) != one}
    if changed or gone:
        house.store.sightings.keep(changed, forget=gone)
    return ready


def waiting(inbox: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Files that somebody put there and finished writing, as far as their name tells.

    Links, pipes and folders are nobody's file.
    """
    for path in sorted(inbox.iterdir()):
        name = path.name.casefold()
        if name.startswith(("~$", ".")) or name.endswith(UNFINISHED) or name in SYSTEM:
            continue
        try:
            facts = path.lstat()
        except OSError:
            continue  # gone while we looked
        if stat.S_ISREG(facts.st_mode):
            yield path, facts


def sighted(before: Sighting | None, facts: os.stat_result, now: datetime) -> Sighting:
    """How a file looks now; looks that lie too near to the last one do not count."""
    size, mtime = facts.st_size, facts.st_mtime_ns
    if before is None or (before.size, before.mtime_ns) != (size, mtime) or now < before.at:
        return Sighting(size, mtime, now)
    if now - before.at < APART:
        return before
    return Sighting(size, mtime, now, min(before.times + 1, LOOKS))


def _unfinished(inbox: Path) -> list[Path]:
    """Folders that an earlier look left behind."""
    return sorted(path for path in (inbox / PROCESSING).iterdir() if path.is_dir())


# Taking


def _receive(house: House, connector: FileConnector, path: Path, lease: Lease) -> list[Handled]:
    """Move a file away from everybody's hands, then read it."""
    inbox = path.parent
    folder = inbox / PROCESSING / f"{house.clock.local():{STAMP}}-{secrets.token_hex(3)}"
    if is_open(path):
        return [Handled(connector.source.name, path.name, "left", path, f"Tệp {OPEN}.")]
    try:
        folder.mkdir()
        path.rename(folder / path.name)
    except OSError as refused:
        folder.rmdir()
        log.warning("inbox.left", source=connector.source.name, error=type(refused).__name__)
        said = f"Không chuyển được tệp đi; tệp {OPEN}, hoặc thiếu quyền ghi."
        return [Handled(connector.source.name, path.name, "left", path, said)]
    house.store.sightings.keep({}, forget=[shown(path)])
    return _take(house, connector, inbox, folder, lease)


def is_open(path: Path) -> bool:
    """Whether Excel or LibreOffice keeps a lock file beside it, or another process locks it."""
    locks = (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#")
    if any((path.parent / lock).exists() for lock in locks):
        return True
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False  # a share that knows no such locks: renaming tells
    return False


def _take(
    house: House, connector: FileConnector, inbox: Path, folder: Path, lease: Lease
) -> list[Handled]:
    """Take in the file of one folder of ``processing``, write the note, move the folder on."""
    files = [path for path in sorted(folder.iterdir()) if not path.name.endswith(NOTE)]
    if not files:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()  # a crash between making the folder and moving the file
        return []
    path = files[0]
    name = unicodedata.normalize("NFC", shown(Path(path.name)))
    file = Path(os.path.relpath(inbox / name, connector.intake.folder)).as_posix()
    source = connector.source.name
    first = _same_content(house, connector, path, file)
    if first:
        said = f"Nội dung giống hệt tệp «{first}» đã nạp; không nạp lần nữa."
        return [_settle(house, Handled(source, name, DUPLICATE, path, said), inbox, folder, None)]
    snapshot = connector.read_as(path, file, house.store.readings.memory(source).files)
    if not snapshot.complete:
        one = Handled(source, name, QUARANTINE, path, snapshot.problem)
        return [_settle(house, one, inbox, folder, snapshot)]
    intake = house.store.claims.take_in(
        snapshot, at=house.clock.now(), on=house.clock.today(), lease=lease
    )
    one = Handled(source, name, DONE, path, "", intake)
    return [_settle(house, one, inbox, folder, snapshot)]


def _same_content(house: House, connector: FileConnector, path: Path, file: str) -> str:
    """The other file of the source that was read and holds the very same bytes, if any."""
    try:
        with workbook.opened(path, connector.intake.limits) as content:
            sha256 = workbook.digest(content)
    except SourceGarbled:
        return ""  # reading it tells why
    facts = house.store.readings.coverage_facts(connector.source.name)
    others = (one for one in facts.files if one.path != file and not one.lay_as)
    same = (one.path for one in others if one.sha256 == sha256)
    return next((one for one in same if one), "")


def _settle(
    house: House, one: Handled, inbox: Path, folder: Path, snapshot: Snapshot | None
) -> Handled:
    """Write what became of the file beside it and move both on, in one step."""
    note = folder / note_name(one.name)
    # With the mark at its start, Windows' editor reads the accents right.
    note.write_text("\n".join(_note(house, one, snapshot)) + "\n", encoding="utf-8-sig")
    shelf = inbox / one.outcome / f"{house.clock.today():%Y-%m-%d}"
    shelf.mkdir(parents=True, exist_ok=True)
    place = shelf / folder.name
    folder.rename(place)
    log.info("inbox.handled", source=one.source, outcome=one.outcome, id=folder.name)
    return Handled(one.source, one.name, one.outcome, place / one.place.name, one.said, one.intake)


def _note(house: House, one: Handled, snapshot: Snapshot | None) -> Iterator[str]:
    results = {
        DONE: "ĐÃ NẠP",
        DUPLICATE: "KHÔNG NẠP, đã có",
        QUARANTINE: "KHÔNG NẠP, tệp được giữ ở đây để sửa",
    }
    yield f"Tệp: {one.name}"
    yield f"Nguồn: {one.source}"
    if one.outcome == QUARANTINE:
        yield f"{SIZE}{one.place.stat().st_size} byte"
    yield f"Lúc: {house.clock.local():%H giờ %M phút ngày %d/%m/%Y}"
    yield f"Kết quả: {results[one.outcome]}"
    if one.said:
        yield f"{REASON}{one.said}"
    if one.outcome == QUARANTINE:
        yield "Việc cần làm: sửa tệp, bỏ lại vào hộp nhận. Dữ liệu đã nạp trước đây giữ nguyên."
    if one.intake is not None:
        taken = one.intake
        yield (
            f"Số dòng: {taken.read} ({taken.new} mới, {taken.changed} đổi, {taken.same} như cũ, "
            f"{taken.gone} không còn trong tệp)"
        )
    if one.intake is not None and one.intake.doubt:
        yield f"CẦN TRẢ LỜI: {file_questions.told(one.intake)}"
    for warning in snapshot.warnings if snapshot else ():
        yield f"Lưu ý: {warning}"
    for reason in reasons(snapshot.rejected) if snapshot else ():
        yield f"Lỗi: {reason.told}"
