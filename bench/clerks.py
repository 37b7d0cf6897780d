"""Clerks: each has a steady hand of its own, and makes the mistakes that anybody makes.

What a clerk loses (accents, middle names, a digit) is lost for everybody. What only looks odd (a
font, Telex left raw, a title, a lost space, a year in two digits, columns out of place) a careful
user can put right: ``clean`` has it put right, ``raw`` has not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from bench import slips
from bench.legacy import Font, encode

NAMES = ("subject", "applicant", "mother", "father")
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_TELEX = {
    **dict(zip(_TONES, "fsrxj", strict=True)),
    **{"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"},
}
_VNI = {
    **dict(zip(_TONES, "21345", strict=True)),
    **{"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"},
}
#: Habits that leave no accent to lose to another one.
_OF_WRITING = ("bare", "telex", "vni", "legacy")
HABITS = ("short", *_OF_WRITING, "two digits", "swap", "mother", "capitals", "spaces")
Cells = dict[str, str]


@dataclass(frozen=True)
class Hand:
    """How often anybody's hand slips; shares of rows, names or dates."""

    slip: float
    accents: float
    shortened: float
    wrong_birth: float
    received_off: float
    received_absent: float
    missing: float  # of each of mother, father, applicant
    shifted: float  # rows whose names stand a column off
    half_copied: float  # rows that keep a cell of the row above
    slip_of: Callable[[Random, str], str] = slips.slip_of_the_hand


@dataclass
class Row:
    """A row under the clerk's hand."""

    clean: Cells
    raw: Cells = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)
    font: Font | None = None

    def set(self, what: str, **cells: str) -> None:
        if any(self.clean.get(name, "") != text for name, text in cells.items()):
            self.clean.update(cells)
            self.noted.append(what)


def draw_habits(random: Random, how_many: tuple[float, ...]) -> frozenset[str]:
    """``how_many``: the weights of none, one, two habits."""
    count = random.choices(range(len(how_many)), how_many)[0]
    chosen = set(random.sample(HABITS, count))
    writing = [habit for habit in _OF_WRITING if habit in chosen]
    return frozenset(chosen - set(writing[1:]))


@dataclass(frozen=True)
class Clerk:
    """One person at a typewriter."""

    habits: frozenset[str]
    hand: Hand
    font: Font = Font.TCVN3  # of whom has the habit

    def write(self, random: Random, row: Row, above: Cells | None, mother: Cells) -> None:
        """Everything that happens to a row; ``mother`` are the cells of the mother as applicant."""
        if "mother" in self.habits and mother and row.clean.get("mother"):
            row.set("habit:mother", **mother)
        self._lose(random, row, above)
        row.raw = dict(row.clean)
        self._disguise(random, row)

    def _lose(self, random: Random, row: Row, above: Cells | None) -> None:
        hand, cells = self.hand, row.clean
        for name in NAMES:
            if name != "subject" and random.random() < hand.missing:
                row.set(f"{name}:absent", **{name: ""})
            if cells.get(name):
                self._name(random, row, name)
        if "swap" in self.habits and cells.get("birth_date", ""):
            row.set("habit:swap", birth_date=_swapped(cells["birth_date"]))
        elif random.random() < hand.wrong_birth and len(cells.get("birth_date", "")) == 10:
            day = date.fromisoformat(cells["birth_date"])
            row.set("birth:wrong", birth_date=slips.wrong_digit(random, day).isoformat())
        drawn = random.random()
        for name in ("received_on", "registered_on"):
            if cells.get(name) and drawn < hand.received_off:
                day = date.fromisoformat(cells[name])
                off = random.choice((-3, -2, -1, 1, 2, 3))
                moved = date.fromordinal(day.toordinal() + off).isoformat()
                row.set("received:off", **{name: moved})
            elif cells.get(name) and drawn < hand.received_off + hand.received_absent:
                row.set("received:absent", **{name: ""})
        if above and random.random() < hand.half_copied:
            name = random.choice(("birth_date", "applicant", "mother", "father", "received_on"))
            if above.get(name):
                row.set(f"above:{name}", **{name: above[name]})

    def _name(self, random: Random, row: Row, name: str) -> None:
        hand, text = self.hand, row.clean[name]
        plain = "'" not in text and not text.startswith(("Y ", "Ka ", "Con bà"))
        if plain and (random.random() < (0.93 if "short" in self.habits else hand.shortened)):
            words = text.split()
            kept = f"{words[0]} {words[-1]}" if len(words) > 2 else text
            text = kept if "short" in self.habits else slips.shortened(random, text)
            row.set(f"{name}:short", **{name: text})
        if random.random() < hand.slip:
            text = hand.slip_of(random, text)
            row.set(f"{name}:slip", **{name: text})
        if "bare" in self.habits or random.random() < hand.accents:
            text = slips.without_accents(text)
            row.set(f"{name}:accents", **{name: text})

    def _disguise(self, random: Random, row: Row) -> None:
        habits, raw = self.habits, row.raw
        keyed = "telex" if "telex" in habits else "vni" if "vni" in habits else ""
        for name in NAMES:
            text = raw.get(name, "")
            if not text:
                continue
            if "capitals" in habits:
                title = ""
                if name == "subject" and random.random() < 0.5 and not text.startswith("Con bà"):
                    title = "ÔNG " if raw.get("sex") == "nam" else "BÀ "
                    title = title if raw.get("death_date") else "CHÁU "
                    if random.random() < 0.5:
                        title = slips.without_accents(title)
                text = title + text.upper()
                row.noted.append("habit:capitals")
            if keyed and random.random() < 0.5:
                text = left_raw(random, text, keyed)
                row.noted.append(f"habit:{keyed}")
            if "spaces" in habits and random.random() < 0.12 and " " in text:
                words = text.split()
                at = random.randrange(1, len(words))
                text = " ".join(words[:at]) + " ".join(words[at:])
                row.noted.append("habit:spaces")
            if "'" in text:
                text = text.replace("'", random.choice(("'", "\u2019", "\u2019", "\u2018", "' ")))
            raw[name] = text
        if "legacy" in habits:
            row.font = self.font
            for name in NAMES:
                raw[name] = encode(raw.get(name, ""), row.font)
            row.noted.append("habit:legacy")
        for name in ("birth_date", "death_date"):
            raw[name] = shown(raw.get(name, ""), short="two digits" in habits)
        if "two digits" in habits and row.clean.get("birth_date"):
            row.noted.append("habit:two digits")
        if random.random() < self.hand.shifted:
            self._shift(random, row)

    def _shift(self, random: Random, row: Row) -> None:
        raw = row.raw
        one, other = random.choice((("mother", "father"), ("subject", "applicant")))
        raw[one], raw[other] = raw.get(other, ""), raw.get(one, "")
        row.noted.append(f"shifted:{one}")


def shown(iso: str, *, short: bool = False) -> str:
    """``2024-03-05`` as ``05/03/2024`` or ``05/03/24``; a year alone stays a year."""
    parts = iso.split("-")
    if short and len(parts) == 3:
        parts[0] = parts[0][2:]
    return "/".join(reversed(parts))


def left_raw(random: Random, text: str, keyed: str) -> str:
    """One word with accents as the keys were hit, where the keyboard did not join them."""
    words = text.split()
    accented = [at for at, word in enumerate(words) if not word.isascii() and word.isalpha()]
    if not accented:
        return text
    at = random.choice(accented)
    words[at] = keys_of(words[at], _TELEX if keyed == "telex" else _VNI)
    return " ".join(words)


def keys_of(word: str, table: dict[str, str]) -> str:
    """``Lượm`` gives ``Luwowmj`` by Telex and ``Lu7o7m5`` by VNI."""
    keys, tone = "", ""
    for letter in word:
        parts = unicodedata.normalize("NFD", letter)
        mark = next((one for one in parts if one in _TONES), "")
        base = unicodedata.normalize("NFC", parts.replace(mark, "") if mark else parts)
        tone = table[mark] if mark else tone
        typed = table.get(base.lower(), base.lower())
        keys += typed.capitalize() if letter.isupper() else typed
    return keys + tone


def _swapped(iso: str) -> str:
    day = slips.swapped(date.fromisoformat(iso)) if len(iso) == 10 else None
    return day.isoformat() if day else iso
