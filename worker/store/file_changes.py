"""How a new version of a file differs from the stored one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from worker.store.codec import Stored


@dataclass(frozen=True, slots=True)
class Taken:
    """What one snapshot brought. ``same`` counts claims that were already known as they are;
    ``moved`` those whose row only stands elsewhere in the file."""

    source: str
    file: str
    complete: bool
    problem: str = ""
    read: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    moved: int = 0
    #: Why what lay under this name before, or a part of it, still counts beside it.
    doubt: str = ""  # reconcile.versions.Doubt; empty: a newer version, or the first
    kept: int = 0  # rows that still count and that the file does not hold

    @property
    def writes(self) -> int:
        """How many claims were written; a row that only moved is none."""
        return self.new + self.changed + self.gone


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How a file's new version differs from the stored one; ``silent`` are the stored rows that
    it does not hold."""

    new: list[Stored]
    changed: list[Stored]
    moved: list[Stored]
    gone: list[str]
    steps: list[dict[str, Any]]
    silent: dict[str, Sequence[Any]]


def take_back(found: FileChanges, file_id: int, keys: Iterable[str], day: date) -> None:
    """These rows are gone; the history keeps that they were there."""
    for key in keys:
        found.gone.append(key)
        found.steps.append(step(file_id, key, found.silent[key], None, day))


def step(
    file_id: int, key: str, known: Sequence[Any], after: int | None, day: date
) -> dict[str, Any]:
    _, before, before_on, *_ = known
    return {
        "file_id": file_id,
        "key": key,
        "before": before,
        "before_on": before_on,
        "after": after,
        "day": day,
    }
