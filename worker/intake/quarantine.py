"""Files of the watched inboxes that could not be taken in and still wait for somebody.

A file lies in quarantine for good; it waits no longer once a newer file of its name was taken in,
or once somebody removed its folder.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.settings import Settings
from config.sources import FileSource
from connectors.files.there import NOTE, shown
from worker.clock import Clock
from worker.store import Store

QUARANTINE = "quarantine"
#: How the folder of a file begins: when it was received, by the clock of the office.
STAMP = "%Y%m%d-%H%M%S"
#: How the line of a note begins that says why a file was not taken in.
REASON = "Lý do: "
#: Bytes of a name, on every file system that offices use.
LONGEST_NAME = 255
MOST_TOLD = 3
TO_DO = (
    "Sửa tệp, bỏ lại vào hộp nhận với tên cũ. Tệp không cần nữa thì xóa thư mục của nó trong "
    "quarantine."
)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that was not taken in. ``at`` is aware; ``reason`` is Vietnamese, without a value."""

    source: str
    name: str
    at: datetime
    reason: str
    place: Path  # relative to the configuration


def waiting(settings: Settings, store: Store) -> list[Quarantined]:
    """The newest of each name that waits, the newest first."""
    found: dict[tuple[str, str], Quarantined] = {}
    for source in settings.sources:
        if not isinstance(source, FileSource) or source.inbox is None:
            continue
        read = {
            file.path: file.read_at for file in store.readings.files(source.name) if file.read_at
        }
        for one in sorted(_lying(settings, source), key=lambda one: one.at):
            path = Path(os.path.relpath(source.inbox / one.name, settings.folder)).as_posix()
            since = read.get(path)
            if since is None or since <= one.at:
                found[source.name, one.name] = one
    return sorted(found.values(), key=lambda one: (one.at, one.source, one.name), reverse=True)


def _lying(settings: Settings, source: FileSource) -> Iterator[Quarantined]:
    zone = Clock(settings.office.timezone).zone
    assert source.inbox is not None  # noqa: S101 - asked only where there is one
    for path in source.inbox.glob(f"{QUARANTINE}/*/*/*"):
        if path.name.endswith(NOTE) or not path.is_file():
            continue
        try:
            at = datetime.strptime(path.parent.name[:15], STAMP).replace(tzinfo=zone)
        except ValueError:
            continue  # somebody's own folder
        name = unicodedata.normalize("NFC", shown(Path(path.name)))
        place = Path(shown(Path(os.path.relpath(path, settings.folder))))
        yield Quarantined(source.name, name, at, _reason(path), place)


def _reason(path: Path) -> str:
    """As the note beside the file says it."""
    note = note_of(path)
    try:
        lines = note.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return "không rõ lý do"
    return next((line.removeprefix(REASON) for line in lines if line.startswith(REASON)), "")


def note_of(path: Path) -> Path:
    """The note beside a file that was taken in or put aside."""
    return path.with_name(note_name(unicodedata.normalize("NFC", shown(Path(path.name)))))


def note_name(name: str) -> str:
    """How the note beside a file is called; the system allows so many bytes and no more."""
    kept = name.encode()[: LONGEST_NAME - len(NOTE.encode())].decode(errors="ignore")
    return f"{kept}{NOTE}"


def told(files: Sequence[Quarantined]) -> list[str]:
    """In Vietnamese: how many wait, then the newest with hour and reason."""
    if not files:
        return []
    lines = [f"{len(files)} tệp chưa nạp được, đang giữ trong quarantine:"]
    lines += [
        f"«{one.name}» (nguồn {one.source}, {one.at:%H:%M} ngày {one.at:%d/%m/%Y}): {one.reason}"
        for one in files[:MOST_TOLD]
    ]
    if len(files) > MOST_TOLD:
        lines.append(f"và {len(files) - MOST_TOLD} tệp cũ hơn")
    return lines
