"""The links of now: of what changed since the newest run, or of everything.

A run leaves its prepared columns behind, in a file of ``data_dir/prepared`` that the store knows by
its digest. What changed is found by comparing what is stored, not by notes of who wrote it. Where
the file is lost, or the program, the policy or the stored links are others, all is linked anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path

import msgspec
import numpy as np
import structlog

from reconcile.cases import Answer, Dossier, Link
from reconcile.claims import Claim
from reconcile.linking import storing
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.lexicon import Array
from reconcile.linking.linker import Answers, Known, link_all
from worker.house import House
from worker.reports.decided import Decided
from worker.run.program import PROGRAM
from worker.store import Lease, LeftBehind

log = structlog.get_logger(__name__)

#: From this share of changed rows and dossiers on, everything is linked at once.
MOST_CHANGED = 0.2
#: What may be wrong with what was left behind.
RESCUED: tuple[type[Exception], ...] = (Exception,)
#: Where a claim stands and when it was read first tells nothing of whose it is.
_SAID = attrgetter(
    *(one.name for one in fields(Claim) if one.name not in ("places", "read_on", "raw_status"))
)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Linked:
    """The links of every row, and what is left behind for the next run."""

    links: list[Link]
    how: Decided
    known: Known | None  # None: nothing is other than what is left there already
    prints: Prints

    def judged(self, looked_at: int, same: bool | None) -> Linked:
        """The same, knowing how many cases were looked at anew, and whether that held."""
        whole_same = self.how.whole_same if same is not False else False
        return replace(self, how=replace(self.how, judged=looked_at, whole_same=whole_same))


@dataclass(frozen=True, slots=True)
class Prints:
    """A print of what linking compares, by key of a row and by anchor of a dossier."""

    rows: Mapping[str, int]
    dossiers: Mapping[str, int]

    @classmethod
    def of(cls, claims: Sequence[Claim], dossiers: Sequence[Dossier]) -> Prints:
        said = {claim.key: _encode(_SAID(claim)) for claim in claims}
        rows = {claim.key: _print(said[claim.key]) for claim in claims if claim.is_row}
        return cls(
            rows,
            {one.anchor: _print(*(said[claim.key] for claim in one.claims)) for one in dossiers},
        )

    def changed(self, now: Prints) -> Changed:
        return Changed(_differing(self.rows, now.rows), _differing(self.dossiers, now.dossiers))


def _differing(before: Mapping[str, int], now: Mapping[str, int]) -> frozenset[str]:
    return frozenset(key for key, _ in before.items() ^ now.items())


def _print(*parts: bytes) -> int:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
    return int.from_bytes(digest.digest(), "little")


@dataclass(frozen=True, slots=True)
class _Before:
    """What the newest run left behind, and the links that it stored."""

    row: LeftBehind
    known: Known
    prints: Prints
    links: Mapping[str, Link]


def link_now(
    house: House,
    claims: Sequence[Claim],
    dossiers: Sequence[Dossier],
    answers: Sequence[Answer],
    *,
    whole: bool = False,
) -> Linked:
    """The links of every row, as a full run would give them.

    ``whole``: everything is linked anew, and compared with what linking by change gives.
    """
    prints = Prints.of(claims, dossiers)
    before = _before(house)
    by_change = None
    if before is not None:
        by_change = _by_change(house, before, prints, claims, dossiers, answers)
    if by_change is not None and not whole:
        return by_change
    found, known = link_all(claims, answers, house.policy, dossiers)
    same = by_change.links == found if by_change is not None else None
    if same is False:
        log.error("run.links_differ", rows=_differ(by_change.links if by_change else (), found))
    changed = by_change.how.changed if by_change else len(prints.rows) + len(prints.dossiers)
    how = Decided(True, changed, len(found), house.clock.local(), same)
    return Linked(found, how, known, prints)


def unchanged(house: House) -> Decided | None:
    """How a run decided that found everything as the run before it did."""
    row = house.store.prepared.newest()
    return _since(house, row, 0) if row is not None else None


def _since(house: House, row: LeftBehind, changed: int) -> Decided:
    whole_at = row.whole_at.astimezone(house.clock.zone) if row.whole_at else None
    return Decided(False, changed, 0, whole_at, row.whole_same)


def _differ(one: Sequence[Link], other: Sequence[Link]) -> int:
    theirs = {link.row: link for link in other}
    return sum(theirs.get(link.row) != link for link in one)


def _by_change(
    house: House,
    before: _Before,
    prints: Prints,
    claims: Sequence[Claim],
    dossiers: Sequence[Dossier],
    answers: Sequence[Answer],
) -> Linked | None:
    """The links, decided by what changed; None where that says nothing or costs too much."""
    changed = before.prints.changed(prints)
    count = len(changed.rows) + len(changed.dossiers)
    row = before.row
    if count > MOST_CHANGED * (len(prints.rows) + len(prints.dossiers)) or row.whole_at is None:
        return None
    how = _since(house, row, count)
    said = Answers.of(answers, dossiers)
    if not count and (said.same, said.never) == (before.known.same, before.known.forbidden):
        return Linked([before.links[key] for key in sorted(before.links)], how, None, prints)
    rows = {claim.key: claim for claim in claims if claim.is_row}
    try:
        more = link_changed(before.known, changed, rows, dossiers, answers, house.policy)
    except RESCUED as error:
        # Protects the run: all can be linked anew, and what was left behind is replaced then.
        log.error("run.prepared_differs", error=type(error).__name__)
        return None
    links = {key: link for key, link in before.links.items() if key not in more.gone}
    links |= {link.row: link for link in more.links}
    how = replace(how, again=len(more.links))
    return Linked([links[key] for key in sorted(links)], how, more.known, prints)


# What is left behind


def _basis(house: House) -> str:
    told = msgspec.json.encode((PROGRAM, house.policy.linking, storing.FORMAT), enc_hook=str)
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _folder(house: House) -> Path:
    return house.settings.office.data_dir / "prepared"


def _before(house: House) -> _Before | None:
    """What was left behind, where it is whole and nothing that it stands on is another."""
    row = house.store.prepared.newest()
    if row is None or row.basis != _basis(house):
        return None
    try:
        data = (_folder(house) / row.digest).read_bytes()
    except OSError:
        return None
    if _digest(data) != row.digest:
        return None
    links = house.store.decisions.links()
    if links_digest(links) != row.links:
        return None
    size = int.from_bytes(data[:8], "little")
    counts = np.frombuffer(data, dtype=np.uint64, offset=8, count=size)
    known = storing.from_bytes(data[8 + 8 * size :])
    if known is None:
        return None
    keys = [*sorted((*known.ground.rows.keys, *known.settled)), *known.ground.dossiers.keys]
    told = dict(zip(keys, counts.tolist(), strict=True))
    anchors = known.ground.dossiers.keys
    rows = {key: told[key] for key in keys[: len(keys) - len(anchors)]}
    return _Before(
        row,
        known,
        Prints(rows, {key: told[key] for key in anchors}),
        {link.row: link for link in links},
    )


def leave_behind(house: House, linked: Linked, *, lease: Lease | None = None) -> None:
    """Keep for the next run what this one, whose links are stored by now, knows.

    A file first, then its row: whoever dies between leaves a row that names another file.
    """
    before = house.store.prepared.newest()
    digest = before.digest if before else ""
    if linked.known is not None:
        digest = _write(_folder(house), linked.known, linked.prints)
    how = linked.how
    row = LeftBehind(
        _basis(house), digest, links_digest(linked.links), how.whole_at, how.whole_same
    )
    if row != before:
        house.store.prepared.keep(row, lease=lease)


def _write(folder: Path, known: Known, prints: Prints) -> str:
    """The file under its digest, readable by its owner alone; others are gone."""
    rows = sorted((*known.ground.rows.keys, *known.settled))
    told = [prints.rows[key] for key in rows]
    told += [prints.dossiers[key] for key in known.ground.dossiers.keys]
    counts: Array = np.array(told, dtype=np.uint64)
    data = len(told).to_bytes(8, "little") + counts.tobytes() + storing.to_bytes(known)
    name = _digest(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    partial.replace(folder / name)
    for path in folder.iterdir():
        if path.name != name and len(path.name) == len(name):
            path.unlink(missing_ok=True)
    return name


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def links_digest(links: Sequence[Link]) -> str:
    """A digest of all links, as they stand in the store."""
    digest = hashlib.blake2b(digest_size=16)
    encode = msgspec.json.Encoder().encode
    for one in links:
        digest.update(encode(one))
    return digest.hexdigest()
