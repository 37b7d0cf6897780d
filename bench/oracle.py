"""Which dossiers a row cannot tell from its own: said with the truth in hand, by reading alone.

A row tells a dossier from its own where at least one thing that stands in the row fits its own
dossier better. Where the row has no dossier, it tells one that it contradicts in anything, or
resembles only with two things a slip away (one, where it names nobody). The rows are read as a
careful person would have put them right (``World.written``); nothing here is shared with the
product's linker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from enum import IntEnum

from rapidfuzz.distance import OSA

from bench.peers.cleaning import PEOPLE, cleaned
from bench.tables import plain_record
from bench.worlds import World
from reconcile.claims import Claim

Record = dict[str, str | None]


class Fit(IntEnum):
    """How one thing in the row fits what stands in the dossier."""

    CONTRADICTS = 0
    UNSAID = 1  # by one of the two: says nothing
    NEAR = 2  # a slip away, or what a clerk shortens
    EQUAL = 3


class Oracle:
    """Reads one world; the truth is its own."""

    def __init__(self, world: World) -> None:
        self._truth = world.truth
        self._rows = {claim.key: _record(claim) for claim in world.written}
        self._dossiers = {claim.key: _record(claim) for claim in world.dossiers}
        self._near: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key, record in self._dossiers.items():
            for one in set(_keys(record)):
                self._near[one].append(key)

    def can_tell(self, row: str, dossier: str) -> bool:
        """Something in the row speaks against this dossier and for its own, or for none."""
        own = self._truth[row]
        if own == dossier:
            return False
        said = self._rows[row]
        other = fits(said, self._dossiers[dossier])
        if own is None:
            slips = sum(fit is Fit.NEAR for fit in other.values())
            # Where nobody is named, nothing may be taken for a slip.
            return Fit.CONTRADICTS in other.values() or slips > (0 if said["unnamed"] else 1)
        right = fits(said, self._dossiers[own])
        return any(right[name] > other[name] for name in right)

    def cannot_tell(self, row: str) -> list[str]:
        """Every other dossier that fits the row as well as its own does."""
        said = self._rows[row]
        near = {key for one in _keys(said) for key in self._near.get(one, ())}
        return sorted(
            key for key in near if key != self._truth[row] and not self.can_tell(row, key)
        )


def fits(row: Record, dossier: Record) -> dict[str, Fit]:
    """Every thing that the row may say, and how it fits."""
    told = {person: _name(row, dossier, person) for person in PEOPLE}
    if told["subject"] is Fit.UNSAID and row["subject"] and dossier["applicant"]:
        # The software may name the child as the dossier's owner.
        owner = _name(row, {**dossier, **_as("subject", "applicant", dossier)}, "subject")
        if owner >= Fit.NEAR:
            told["subject"], told["applicant"] = owner, Fit.UNSAID
    return told | {
        "class": _class(row, dossier),
        "ended": Fit.CONTRADICTS if dossier["status"] in ("3", "7") else Fit.EQUAL,
        "birth": _day(row, dossier, "birth"),
        "death": _day(row, dossier, "death"),
        "received": _received(row, dossier),
        "unit": _same(row, dossier, "unit"),
        "sex": _same(row, dossier, "sex"),
        "mother_year": _same(row, dossier, "mother_year"),
        "subject_id": _same(row, dossier, "subject_id"),
        "applicant_id": max(_same(row, dossier, "applicant_id"), Fit.UNSAID),
        "code": _code(row["code"], dossier["code"]),
    }


def _record(claim: Claim) -> Record:
    plain = plain_record(claim)
    return cleaned(plain) | {
        "procedure": str(plain.get("procedure", "")) or None,
        "unnamed": "yes" if claim.subject.lower().startswith("con bà") else None,
        "status": str(plain.get("status", "")),
    }


def _keys(record: Record) -> Iterator[tuple[str, ...]]:
    """What two records that fit must share one of; owners of dossiers stand for subjects."""
    names = [record[f"{person}_plain"] or "" for person in PEOPLE]
    given = {record["subject_given"] or "", record["applicant_given"] or ""} - {""}
    day = "".join(sorted((record["birth"] or "").split("-")[1:])) + (record["birth"] or "")[:4]
    for one in given:
        if day:
            yield "birth", day, one
        yield "unit", record["unit"] or "", one, (record["birth"] or "")[:4]
    for name in filter(None, names[1:]):
        yield "parent", name, day
    if record["code"]:
        yield "code", record["code"]
    if record["received"] and record["unit"]:
        yield "received", record["received"], record["unit"]


def _as(name: str, of: str, record: Record) -> Record:
    parts = ("", "_plain", "_given", "_short")
    return {f"{name}{part}": record[f"{of}{part}"] for part in parts}


def _name(row: Record, dossier: Record, person: str) -> Fit:
    ours, theirs = row[f"{person}_plain"], dossier[f"{person}_plain"]
    if not ours or not theirs:
        return Fit.UNSAID
    if row[person] == dossier[person]:
        return Fit.EQUAL
    if ours == theirs:
        # Both with accents, and other ones: Hùng and Hưng.
        bare = row[person] == ours or dossier[person] == theirs
        return Fit.EQUAL if bare else Fit.NEAR
    if ours.replace(" ", "") == theirs.replace(" ", ""):
        return Fit.NEAR
    if _shortened(ours.split(), theirs.split()) or _shortened(theirs.split(), ours.split()):
        return Fit.NEAR
    return Fit.NEAR if OSA.distance(ours, theirs) <= 1 else Fit.CONTRADICTS


def _shortened(short: list[str], whole: list[str]) -> bool:
    """Family and given name agree, and what stands between is left out or in initials."""
    if len(whole) < 3 or len(short) < 2:
        return False
    words = [word.strip(".") for word in short]
    between, all_between = words[1:-1], whole[1:-1]
    heads = whole[0].startswith(words[0]) and words[-1] == whole[-1]
    initials = len(between) == len(all_between) and all(
        full.startswith(word) for word, full in zip(between, all_between, strict=True)
    )
    return heads and (not between or initials)


def _class(row: Record, dossier: Record) -> Fit:
    event = row["event"]
    if not event:
        return Fit.UNSAID
    if event != dossier["event"]:
        return Fit.CONTRADICTS
    if row["book"] != "so_theo_doi":
        return Fit.EQUAL  # a civil-status book knows no groups
    return Fit.EQUAL if row["procedure"] == dossier["procedure"] else Fit.NEAR


def _day(row: Record, dossier: Record, name: str) -> Fit:
    ours, theirs = row[name], dossier[name]
    if not ours or not theirs:
        return Fit.UNSAID
    if ours == theirs:
        return Fit.EQUAL
    if len(ours) < 10 or len(theirs) < 10:
        return Fit.NEAR if ours[:4] == theirs[:4] else Fit.CONTRADICTS
    swapped = name == "birth" and row["birth_swapped"] == theirs
    return Fit.NEAR if swapped or OSA.distance(ours, theirs) <= 1 else Fit.CONTRADICTS


def _received(row: Record, dossier: Record) -> Fit:
    ours, theirs = row["received"], dossier["received"]
    if not ours or not theirs:
        return Fit.UNSAID
    if ours == theirs:
        return Fit.EQUAL
    days = (date.fromisoformat(ours) - date.fromisoformat(theirs)).days
    # Registered on the day or soon after; written down a few days off.
    return Fit.NEAR if -3 <= days <= (6 if row["book"] != "so_theo_doi" else 3) else Fit.CONTRADICTS


def _same(row: Record, dossier: Record, name: str) -> Fit:
    ours, theirs = row[name], dossier[name]
    if not ours or not theirs:
        return Fit.UNSAID
    return Fit.EQUAL if ours == theirs else Fit.CONTRADICTS


def _code(ours: str | None, theirs: str | None) -> Fit:
    """Another's code contradicts; a part of it, or a digit that is wrong, is near."""
    if not ours or not theirs:
        return Fit.UNSAID
    if ours == theirs:
        return Fit.EQUAL
    near = theirs.endswith(ours) or OSA.distance(ours, theirs) <= 1
    return Fit.NEAR if near else Fit.CONTRADICTS
