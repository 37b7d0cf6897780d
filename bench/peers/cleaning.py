"""What a careful user does to the columns before giving them to a general linker.

Own code on purpose: a peer must neither profit nor suffer from the product's normal forms.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from bench.tables import load_records
from reconcile.claims import Status

_TITLES = re.compile(r"^(ông|bà|cháu|con bà)\s+")
_PLACES = re.compile(r"^(ubnd\s+)?(xã|phường|thị trấn)\s+")
PEOPLE = ("subject", "applicant", "mother", "father")


def clean(path: Path) -> list[dict[str, str | None]]:
    """One dict of text columns a record; None where nothing is known.

    Dossiers that were withdrawn or refused are left out: its user knows that no result came of
    them.
    """
    return [cleaned(record) for record in load_records(path) if not _ended_badly(record)]


def _ended_badly(record: dict[str, str]) -> bool:
    return record.get("status") in (Status.WITHDRAWN, Status.NOT_ACCEPTED)


def cleaned(record: dict[str, str]) -> dict[str, str | None]:
    """One record as columns of text."""
    event = record.get("register_type", "") or record.get("procedure", "")
    done: dict[str, str | None] = {
        "unique_id": record["key"],
        "unit": _PLACES.sub("", record.get("unit", "").lower()),
        "event": _event(event, record.get("procedure", "")),
        "book": record.get("register_type", ""),
        "birth": record.get("birth_date"),
        "birth_swapped": _swap(record.get("birth_date", "")),
        "birth_year": record.get("birth_date", "")[:4] or None,
        "death": record.get("death_date"),
        "received": record.get("received_on") or record.get("registered_on"),
        "code": _code(record.get("own_code", "")),
        "applicant_id": record.get("applicant_id", "").zfill(12).replace("0" * 12, "") or None,
        "subject_id": record.get("subject_id"),
        "mother_year": record.get("mother_birth_year"),
        "sex": record.get("sex"),
    }
    for person in PEOPLE:
        done |= _name(person, record.get(person, ""))
    return done


def _name(column: str, name: str) -> dict[str, str | None]:
    tidy = " ".join(name.lower().replace(".", ". ").split())
    tidy = _TITLES.sub("", unicodedata.normalize("NFC", tidy))
    plain = _plain(tidy)
    words = plain.replace(".", "").split()
    return {
        column: tidy or None,
        f"{column}_plain": plain or None,
        f"{column}_given": words[-1] if words else None,
        f"{column}_short": f"{words[0]} {words[-1]}" if len(words) > 1 else None,
    }


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _event(book: str, procedure: str) -> str | None:
    if "khai_sinh" in book or procedure.startswith("birth"):
        return "birth"
    if "khai_tu" in book or procedure.startswith("death"):
        return "death"
    return "other" if procedure == "other" else None


def _swap(day: str) -> str | None:
    if len(day) != 10:
        return None
    year, month, number = day.split("-")
    return f"{year}-{number}-{month}"


def _code(text: str) -> str | None:
    code = re.sub(r"\s", "", text.upper()).replace("\u2013", "-")
    code = re.sub(r"^[0O]{3}\.[0-9O]{2}\.[0-9O]{2}\.", "", code)
    head, dash, tail = code.partition("-")
    return (head[:1] + (head[1:] + dash + tail).replace("O", "0")) or None
