"""How a clerk types: codes, dates, ids and names as they really stand in registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

#: TCVN3 (font .VnTime): what the byte is called in Latin-1.
_TCVN3 = dict(
    zip(
        "àảãáạằẳẵắặầẩẫấậđèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâêôơưĂÂÊÔƠƯĐ",
        "µ¶·¸¹»¼½¾ÆÇÈÉÊË®ÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¨©ª«¬\xad¡¢£¤¥¦§",
        strict=True,
    )
)
VN_TIME = ".VnTime"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell, and in which font (empty: the sheet's)."""

    value: str | int | float | date | None
    font: str = ""


def to_tcvn3(text: str) -> str:
    """The text as typed in .VnTime; capitals with a tone do not exist there and go small."""
    return "".join(_TCVN3.get(char) or _TCVN3.get(char.lower(), char) for char in text)


def code(rng: Random, own: str) -> str:
    """A dossier code by hand: as it is, with its prefix, spaces, O for 0, or its end only."""
    head, day, tail = own.rsplit("-", 2)
    return rng.choices(
        (
            own,
            own.removeprefix("000."),
            f"{head} - {day} - {tail}",
            own.replace("0", "O", 1) if rng.random() < 0.5 else f"{head}-{day}-{tail}".lower(),
            own.replace("-", "–"),
            f" {head}-{day} -{tail}\xa0",
            f"{day}-{tail}",
        ),
        (60, 6, 8, 8, 6, 6, 6),
    )[0]


def mistyped(rng: Random, own: str) -> str:
    """One digit of the number wrong."""
    place = len(own) - 1 - rng.randrange(2)
    return own[:place] + str((int(own[place]) + rng.randint(1, 8)) % 10) + own[place + 1 :]


def day(rng: Random, value: date | None) -> str | date | None:
    """A day as a real date, as text, dotted, or short."""
    if value is None:
        return None
    return rng.choices(
        (
            value,
            f"{value:%d/%m/%Y}",
            f"{value:%d.%m.%Y}",
            f"{value.day}/{value.month}/{value.year}",
            f"{value:%d-%m-%Y}",
        ),
        (55, 25, 8, 8, 4),
    )[0]


def birth_day(rng: Random, value: date) -> str | date | int | None:
    """A birth date of an old person: often only the year is known."""
    return value.year if rng.random() < 0.3 else day(rng, value)


def person_id(rng: Random, value: str) -> str | int:
    """Excel turns an id into a number, and its leading zero is gone."""
    return int(value) if value and rng.random() < 0.25 else value


def name(rng: Random, value: str) -> str:
    """A name in capitals, without accents, with short middle names, or as it is."""
    words = value.split()
    choice = rng.random()
    if choice < 0.06:
        return value.upper()
    if choice < 0.10 and len(words) > 2:
        return " ".join([words[0], *(f"{word[0]}." for word in words[1:-1]), words[-1]])
    if choice < 0.14:
        return value.replace("òa", "oà").replace("úy", "uý").replace("Lý", "Lí")
    if choice < 0.16:
        return f"{value}  "
    return value
