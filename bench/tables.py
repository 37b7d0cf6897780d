"""A world as flat files that every linker reads: the same input for us and for our peers.

``rows.jsonl`` is what our linker is given. ``rows.clean.jsonl`` is the same with every legacy font
converted without loss, for peers that know no such fonts: their user has done it for them, and the
time of it is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from bench.worlds import World
from reconcile.claims import Channel, Claim, Place, Procedure, RegisterType, Role, Status

_DATES = {field.name for field in fields(Claim) if "date | None" in str(field.type)}
_WORDS = {
    "role": Role,
    "procedure": Procedure,
    "channel": Channel,
    "status": Status,
    "register_type": RegisterType,
}


def save(world: World, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dossiers.jsonl", world.dossiers)
    _write(folder / "rows.jsonl", world.rows)
    _write(folder / "rows.clean.jsonl", world.written)
    truth = json.dumps(world.truth, ensure_ascii=False)
    (folder / "truth.json").write_text(truth, encoding="utf-8")


def load_claims(path: Path) -> list[Claim]:
    with path.open(encoding="utf-8") as lines:
        return [_claim(json.loads(line)) for line in lines]


def load_records(path: Path) -> list[dict[str, str]]:
    """The same lines as plain text fields, as any other tool would read them."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@dataclass(frozen=True)
class Pair:
    """One scored pair: what a peer says before any threshold, in bits (log2 of the odds)."""

    row: str
    dossier: str
    bits: float


def save_pairs(path: Path, pairs: Iterable[tuple[str, str, float]]) -> None:
    """``pairs`` are row, dossier and bits: a probability would tie everything near 1."""
    with path.open("w", encoding="utf-8") as out:
        for row, dossier, bits in pairs:
            out.write(f"{json.dumps([row, dossier, round(float(bits), 4)])}\n")


def load_pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as lines:
        return [Pair(*json.loads(line)) for line in lines]


def _write(path: Path, claims: Iterable[Claim]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for claim in claims:
            out.write(f"{json.dumps(plain_record(claim), ensure_ascii=False)}\n")


def plain_record(claim: Claim) -> dict[str, Any]:
    """What the claim says, as a line of a flat file has it."""
    return {
        field.name: _plain(getattr(claim, field.name))
        for field in fields(Claim)
        if getattr(claim, field.name) not in ("", None, (), False)
    }


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [[place.file, place.sheet, place.row] for place in value]
    return value


def _claim(record: dict[str, object]) -> Claim:
    values: dict[str, object] = {}
    for name, value in record.items():
        if name in _DATES:
            values[name] = date.fromisoformat(str(value))
        elif name in _WORDS:
            values[name] = _WORDS[name](value)
        elif name == "places":
            values[name] = tuple(Place(*place) for place in value)  # type: ignore[attr-defined]
        else:
            values[name] = value
    return Claim(**values)  # type: ignore[arg-type]
