"""How a new version of a file differs from the stored one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from worker.store.codec import Stored


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
