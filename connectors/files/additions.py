"""What persons typed in the place of cells that could not be read; the file stays as it is.

A cell is known by a mark of what it says and of whom its row names, not by where it stands: rows
may be put in above it. As soon as the file says something else there, the mark is another one, and
the file counts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.files.fields import checked_in
from reconcile.claims import RejectedRow

#: Why nothing counts in the place of a cell.
NOT_TYPED, NOTHING = "chưa ai bổ sung", "không có giá trị"
#: What tells whose row it is.
WHOSE = ("own_code", "national_code", "book", "number", "subject", "applicant", "mother")


@dataclass(frozen=True, slots=True, order=True)
class Addition:
    """A text that a person typed for a cell of a file, known by its mark."""

    source: str
    file: str
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class UnreadCell:
    """A cell that could not be read: where it stands, what is written there, and its mark; empty:
    nothing can be typed in its place. ``typed`` is what a person typed, where that counts."""

    at: RejectedRow
    mark: str
    written: str
    typed: str = ""


class Additions:
    """What was typed for one file, and the marks of the cells that could not be read, in order."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self.typed = typed
        self._seen: Counter[str] = Counter()

    def mark(self, sheet: str, field: str, written: str, whose: Iterable[object]) -> str:
        """The mark of the next cell that says this; of rows that are alike, each has its own."""
        told = "\x1f".join((sheet, field, written, *(str(one or "") for one in whose)))
        self._seen[told] += 1
        alike = f"{told}\x1f{self._seen[told]}".encode()
        return f"{field}.{hashlib.blake2b(alike, digest_size=12).hexdigest()}"

    def value(self, mark: str) -> tuple[object, str]:
        """What a person typed for a cell, read as the field is, and why that is none."""
        text = self.typed.get(mark, "")
        return understood(mark, text) if text else (None, NOT_TYPED)


def field_of(mark: str) -> str:
    """The field that a marked cell is of."""
    return mark.partition(".")[0]


def understood(mark: str, text: str) -> tuple[object, str]:
    """The value that a typed text is for a marked cell, or why it is none."""
    field = field_of(mark)
    ((_, checked),) = checked_in(frozenset({field}), date1904=False)
    value, reason = checked(text)
    return value, reason or (NOTHING if value in (None, "") else "")


def of_file(known: Iterable[Addition], source: str, file: str) -> dict[str, str]:
    """What was typed for one file, by mark."""
    return {one.mark: one.text for one in known if (one.source, one.file) == (source, file)}
