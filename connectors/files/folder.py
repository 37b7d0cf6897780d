"""Sources that are files of a folder: which files, read how, and what each proves.

A file is known by its content (sha256) and by everything that decides how it is read; where both
are as last time it is not parsed again. A file that cannot be read in full changes nothing: its
snapshot says why.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from io import FileIO
from pathlib import Path
from typing import ClassVar

from config.office_tables import Tables
from config.sources import FileSource
from connectors.connector import FileMemory, Memory
from connectors.errors import SourceGarbled, number, unforeseen
from connectors.files import workbook
from connectors.files.additions import Addition, of_file
from connectors.files.headers import Needed
from connectors.files.learned import Heading
from connectors.files.preview import Preview, unseen
from connectors.files.reading import Reading
from connectors.files.sample_row import SAMPLE_ROW
from connectors.files.there import handed_in, matching, passed_over, shown
from connectors.files.workbook import Limits, Parsers
from connectors.sheets.messages import Message
from reconcile.claims import Snapshot

AT_ONCE = 2  # child processes; each may take its whole memory limit
NOTHING = "Không có tệp nào khớp"  # how the words begin where a source has no file at all
READER = "2"  # raised when the same file is understood in another way
SMALLEST_SHARE = 2  # a reading under half of the last one is not taken


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What all file sources of an office share."""

    folder: Path  # file names in reports are relative to it
    tables: Tables
    limits: Limits
    closes_on_14th: bool = False  # the office's reporting periods end on the 14th
    learned: tuple[Heading, ...] = ()  # headers that persons explained, of every source
    additions: tuple[Addition, ...] = ()  # what persons typed for cells, of every source
    patterns: tuple[str, ...] = ()  # of all its file sources: what one passes over, another reads
    uploads: Path | None = None  # where files lie that persons handed in: <source>/<unit>/done/…


class FileConnector:
    """Reads every file that matches the source's pattern, one after the other."""

    NEEDED: ClassVar[Needed] = ()

    def __init__(self, source: FileSource, intake: FileSettings) -> None:
        self.source = source
        self.intake = intake
        self.learned = tuple(sorted(one for one in intake.learned if one.source == source.name))

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One snapshot a file, oldest period first, then by name; one alone when there is none."""
        there = self._there()
        if not there:
            where = self._relative(self.intake.folder / self.source.path)
            beside = " và hộp nhận chưa có tệp nào được nạp" if self.source.inbox else ""
            yield self._unread("", f"{NOTHING} «{where}»{beside}.")
            for path in self._passed_over():
                yield self._unread(self._relative(path), self._not_meant())
            return
        # While the rows of one file are made into claims, the child of the next already parses.
        with Parsers() as parsers, ThreadPoolExecutor(max_workers=AT_ONCE) as readers:
            read = partial(self._read, known=memory.files, parsers=parsers)
            snapshots = list(readers.map(read, there.values(), there))
        yield from sorted(snapshots, key=lambda one: (one.covers_to or date.min, one.file))
        for path in self._passed_over():
            yield self._unread(self._relative(path), self._not_meant())

    def _passed_over(self) -> list[Path]:
        """Tables beside those that are read, of no source: nobody knows what they say."""
        inbox = self.source.inbox
        return [
            path
            for path in passed_over(
                self._pattern(self.source.path), map(self._pattern, self.intake.patterns)
            )
            if inbox is None or not path.is_relative_to(inbox)
        ]

    def _pattern(self, path: str) -> str:
        return str(self.intake.folder / path)

    def _not_meant(self) -> str:
        return (
            f"Tệp nằm cạnh các tệp được đọc nhưng không khớp path «{self.source.path}» nên chưa "
            "đọc; nếu là dữ liệu, đổi phần cuối của path thành * hoặc lưu lại đúng đuôi tệp; nếu "
            "không, chuyển tệp đi nơi khác."
        )

    def _there(self) -> dict[str, Path]:
        """Every file of the source by the name under which it is known."""
        inbox = self.source.inbox
        found = {
            self._relative(path): path
            for path in matching(str(self.intake.folder / self.source.path))
            if inbox is None or not path.is_relative_to(inbox)
        }
        if inbox is not None:
            found |= {self._relative(inbox / name): path for name, path in handed_in(inbox).items()}
        for folder in self._uploads():
            taken = handed_in(folder)
            found |= {self._relative(folder / name): path for name, path in taken.items()}
        return found

    def _uploads(self) -> list[Path]:
        """The folders of the units whose files persons handed in."""
        if self.intake.uploads is None:
            return []
        of_source = self.intake.uploads / self.source.name
        return sorted(of_source.iterdir()) if of_source.is_dir() else []

    def path_of(self, file: str) -> Path | None:
        """Where a file of this name lies now; None: it does not."""
        return self._there().get(file)

    def named(self, path: Path) -> str:
        """Under which name a file of this path is known."""
        return self._relative(path)

    def read_as(self, path: Path, file: str, known: Mapping[str, FileMemory]) -> Snapshot:
        """Read one file that lies elsewhere than its name says, as in an inbox."""
        with Parsers() as parsers:
            return self._read(path, file, known, parsers)

    def _read(
        self, path: Path, file: str, known: Mapping[str, FileMemory], parsers: Parsers
    ) -> Snapshot:
        before = known.get(file)
        try:
            with workbook.opened(path, self.intake.limits) as content:
                sha256 = workbook.digest(content)
                fingerprint = self._fingerprint(file, sha256)
                if before is not None and before.fingerprint == fingerprint:
                    return self._unchanged(file, sha256, before)
                snapshot = self._parse(content, file, sha256, parsers)
        except SourceGarbled as problem:
            return replace(self._unread(file, f"{problem}"), no_table=problem.no_table)
        except Exception as error:
            # Protects the other files: whatever goes wrong in one ends that one. It is logged,
            # counted among the files that were not read, and ``status`` shows it.
            return self._unread(file, f"{unforeseen(error, self.source.name, file)}")
        return doubted(replace(snapshot, fingerprint=fingerprint), before)

    def preview(self) -> Iterator[Preview]:
        """How each file would be understood, whatever was read before; nothing is remembered."""
        with Parsers() as parsers:
            for file, path in self._there().items():
                yield self._previewed(file, path, parsers)

    def preview_as(self, path: Path, file: str) -> Preview:
        """As ``preview``, of one file that lies elsewhere than its name says."""
        with Parsers() as parsers:
            return self._previewed(file, path, parsers)

    def _previewed(self, file: str, path: Path, parsers: Parsers) -> Preview:
        reading: Reading | None = None
        try:
            with workbook.opened(path, self.intake.limits) as content:
                sha256 = workbook.digest(content)
                reading = self._reading(file)
                self._feed(reading, content, sha256, parsers, reading.notes.see)
                snapshot = replace(
                    reading.snapshot(sha256), fingerprint=self._fingerprint(file, sha256)
                )
        except SourceGarbled as problem:
            snapshot = self._unread(file, f"{problem}")
        except Exception as error:  # as in _read
            snapshot = self._unread(file, f"{unforeseen(error, self.source.name, file)}")
        snapshot = doubted(snapshot, None)
        known = reading and reading.notes.preview(snapshot, reading.records)
        return known or Preview(snapshot)

    def _parse(self, content: FileIO, file: str, sha256: str, parsers: Parsers) -> Snapshot:
        reading = self._reading(file)
        self._feed(reading, content, sha256, parsers)
        return reading.snapshot(sha256)

    def _reading(self, file: str) -> Reading:
        return Reading(
            self.source,
            self.intake.tables,
            file,
            self.NEEDED,
            self.intake.closes_on_14th,
            self.learned,
            self._typed(file),
        )

    def _typed(self, file: str) -> dict[str, str]:
        return of_file(self.intake.additions, self.source.name, file)

    def _feed(
        self,
        reading: Reading,
        content: FileIO,
        sha256: str,
        parsers: Parsers,
        see: Callable[[Message], None] = unseen,
    ) -> None:
        facts = os.fstat(content.fileno())
        source, limits = self.source, self.intake.limits
        messages = parsers.read(content, sha256, limits, source.encoding, source.sheet)
        reading.read(_seen_by(see, messages))
        after = os.fstat(content.fileno())
        if (facts.st_size, facts.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise workbook.unreadable("changed")

    def _fingerprint(self, file: str, sha256: str) -> str:
        """Of the content and of all that decides how it is read."""
        parts = (READER, sha256, self.source.reading, self.intake.tables.reading)
        more: tuple[str, ...] = (self.source.path, str(self.intake.closes_on_14th))
        more += tuple(f"{one.unit}\x1e{one.header}\x1e{one.field}" for one in self.learned)
        more += tuple(f"{mark}\x1e{text}" for mark, text in sorted(self._typed(file).items()))
        return hashlib.sha256("\x1f".join((*parts, *more)).encode()).hexdigest()

    def _unchanged(self, file: str, sha256: str, before: FileMemory) -> Snapshot:
        return Snapshot(
            source=self.source.name,
            role=self.source.role,
            file=file,
            sha256=sha256,
            fingerprint=before.fingerprint,
            unchanged=True,
            rows=before.rows,
            covers_from=before.covers_from,
            covers_to=before.covers_to,
        )

    def _unread(self, file: str, problem: str) -> Snapshot:
        return Snapshot(
            source=self.source.name,
            role=self.source.role,
            file=file,
            complete=False,
            problem=problem,
        )

    def _relative(self, path: Path) -> str:
        return shown(Path(os.path.relpath(path, self.intake.folder)))


def doubted(snapshot: Snapshot, before: FileMemory | None) -> Snapshot:
    """A reading that is suddenly empty, or half of the last one, is not believed."""
    if not snapshot.complete:
        return snapshot
    if snapshot.rows == 0:
        only = any(one.reason == SAMPLE_ROW for one in snapshot.rejected)
        but = " ngoài dòng mẫu của biểu mẫu" if only else ""
        return _incomplete(snapshot, f"Tệp không có dòng dữ liệu nào{but}.")
    if before is not None and snapshot.rows * SMALLEST_SHARE < before.rows:
        return _incomplete(
            snapshot,
            f"Tệp chỉ còn {number(snapshot.rows)} dòng, lần trước có {number(before.rows)} dòng; "
            "có thể bị xuất thiếu nên không dùng.",
        )
    return snapshot


def _incomplete(snapshot: Snapshot, problem: str) -> Snapshot:
    return replace(snapshot, complete=False, problem=problem, claims=())


def _seen_by(see: Callable[[Message], None], messages: Iterable[Message]) -> Iterator[Message]:
    """The messages, each shown to ``see`` on its way."""
    for message in messages:
        see(message)
        yield message
