"""Headers that a person explained once: what they mean in the files of a source and unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.sources import COLUMN_FIELDS
from connectors.files.header_words import LABELS
from connectors.files.headers import meaning, words


@dataclass(frozen=True, slots=True, order=True)
class Heading:
    """A header, comparable, and the field that it is; ``unit`` is comparable, empty: of all."""

    source: str
    unit: str
    header: str
    field: str


def headings(known: Iterable[Heading], units: frozenset[str]) -> Mapping[str, str]:
    """Header → field for a table of a unit, which may be known by several names.

    A table that does not tell its unit takes what all units say alike; of two that differ, none.
    """
    said: dict[str, set[str]] = {}
    own: dict[str, str] = {}
    for one in known:
        if not one.unit or one.unit in units:
            own[one.header] = one.field if one.unit else own.get(one.header, one.field)
        said.setdefault(one.header, set()).add(one.field)
    if units:
        return own
    return {header: next(iter(fields)) for header, fields in said.items() if len(fields) == 1}


def with_headings(
    base: Mapping[str, Sequence[str]], learned: Mapping[str, str]
) -> Mapping[str, Sequence[str]]:
    """The headers by field: the configuration's, and over them what persons explained."""
    kept = {
        name: [text for text in texts if words(text) not in learned] for name, texts in base.items()
    }
    for header, name in learned.items():
        kept[name] = [*kept.get(name, ()), header]
    return kept


def field_named(text: str) -> str | None:
    """The field that a person means: ``returned``, ``returned_on``, "Ngày trả kết quả"."""
    typed = text.strip().lower().replace("-", "_").replace(" ", "_")
    for name in (typed, f"{typed}_on"):
        if name in COLUMN_FIELDS:
            return name
    said = words(text)
    labels = {words(label): name for name, label in LABELS.items()}
    found = labels.get(said) or meaning((said,), True)[0] or meaning((said,), False)[0]
    return found if found in COLUMN_FIELDS else None
