"""What goes wrong between a dossier and the line that a clerk types of it."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

_KEYS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et",
    "s": "ad", "t": "ry", "u": "yi", "v": "cb", "x": "zc", "y": "tu",
}  # fmt: skip
_SOUNDS = (
    ("tr", "ch"), ("ch", "tr"), ("s", "x"), ("x", "s"), ("l", "n"), ("n", "l"), ("gi", "d"),
    ("d", "gi"), ("r", "d"), ("v", "d"), ("i", "y"), ("y", "i"), ("nh", "n"), ("ng", "n"),
    ("t", "c"), ("c", "t"), ("n", "ng"),
)  # fmt: skip
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_TELEX = dict(zip(_TONES, "frxsj", strict=True))


def without_accents(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def shortened(random: Random, name: str) -> str:
    """Without the middle name, or with initials: Nguyễn Hoa, Ng. T. Hoa, N.T. Hoa."""
    words = name.split()
    if len(words) < 3:
        return name
    family, given = words[0], words[-1]
    initials = " ".join(f"{word[0]}." for word in words[1:-1])
    habit = random.random()
    if habit < 0.5:
        return f"{family} {given}"
    if habit < 0.75:
        return f"{family} {initials} {given}"
    if habit < 0.9:
        return f"{family[:2] if family.startswith('Ng') else family[0]}. {initials} {given}"
    return ".".join(word[0] for word in words[:-1]) + f". {given}"


def slip_of_the_hand(random: Random, name: str) -> str:
    """One letter swapped, lost, doubled or hit beside its key, or one wrong tone."""
    places = [at for at, letter in enumerate(name) if letter.isalpha() and at > 0]
    at = random.choice(places)
    letter = name[at]
    kind = random.randrange(5)
    if kind == 0 and at + 1 < len(name) and name[at + 1].isalpha():
        return name[:at] + name[at + 1] + letter + name[at + 2 :]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + letter + name[at:]
    if kind == 3 and letter.lower() in _KEYS:
        return name[:at] + random.choice(_KEYS[letter.lower()]) + name[at + 1 :]
    return _other_tone(random, name)


def _other_tone(random: Random, name: str) -> str:
    letters = unicodedata.normalize("NFD", name)
    toned = [at for at, mark in enumerate(letters) if mark in _TONES]
    if not toned:
        return name + random.choice("hn")
    at = random.choice(toned)
    other = random.choice([mark for mark in _TONES if mark != letters[at]] + [""])
    return unicodedata.normalize("NFC", letters[:at] + other + letters[at + 1 :])


def slip_of_the_ear(random: Random, name: str) -> str:
    """As it sounds at the counter (l/n, tr/ch, s/x, d/gi), or a telex key that stayed a letter."""
    words = name.split()
    if random.random() < 0.25:
        return _telex_left_over(random, words)
    at = random.randrange(len(words))
    low = words[at].lower()
    fitting = [pair for pair in _SOUNDS if pair[0] in low]
    if not fitting:
        return _other_tone(random, name)
    old, new = random.choice(fitting)
    changed = low[::-1].replace(old[::-1], new[::-1], 1)[::-1]
    if low.startswith(old) and random.random() < 0.7:
        changed = new + low[len(old) :]
    words[at] = changed.capitalize()
    return " ".join(words)


def _telex_left_over(random: Random, words: list[str]) -> str:
    at = random.randrange(len(words))
    letters = unicodedata.normalize("NFD", words[at])
    mark = next((mark for mark in letters if mark in _TONES), "")
    if mark:
        words[at] = unicodedata.normalize("NFC", letters.replace(mark, "")) + _TELEX[mark]
    else:
        words[at] += random.choice("sfrxj")
    return " ".join(words)


#: What a scan shows for another letter, and which digits it takes for each other.
_LOOKS = (
    ("rn", "m"), ("m", "rn"), ("l", "i"), ("i", "l"), ("h", "b"), ("b", "h"), ("c", "e"),
    ("e", "c"), ("u", "ii"), ("n", "u"), ("u", "n"), ("g", "q"), ("ơ", "o"), ("ư", "u"),
    ("ă", "â"), ("â", "ă"), ("ê", "e"), ("ô", "ó"), ("đ", "d"), ("t", "l"),
)  # fmt: skip
_DIGIT_LOOKS = {"0": "6", "1": "7", "3": "8", "5": "6", "6": "0", "7": "1", "8": "3", "9": "4"}


def slip_of_the_scan(random: Random, name: str) -> str:
    """As a scan is read: a letter that looks like another, hỏi for ngã, a hat or a space lost."""
    kind = random.random()
    words = name.split()
    if kind < 0.2:
        letters = unicodedata.normalize("NFD", name)
        other = {"\u0309": "\u0303", "\u0303": "\u0309", "\u0300": "\u0301", "\u0301": "\u0300"}
        toned = [at for at, mark in enumerate(letters) if mark in other]
        if toned:
            at = random.choice(toned)
            changed = letters[:at] + other[letters[at]] + letters[at + 1 :]
            return unicodedata.normalize("NFC", changed)
    if kind < 0.35:
        hats = [at for at, letter in enumerate(name) if _hatless(letter) != letter]
        if hats:
            at = random.choice(hats)
            return name[:at] + _hatless(name[at]) + name[at + 1 :]
    if kind < 0.4 and len(words) > 2:
        at = random.randrange(1, len(words))
        return " ".join(words[:at]) + " ".join(words[at:])
    fitting = [(old, new) for old, new in _LOOKS if old in name[1:].lower()]
    if not fitting:
        return _other_tone(random, name)
    old, new = random.choice(fitting)
    at = name.lower().index(old, 1)
    return name[:at] + new + name[at + len(old) :]


def _hatless(letter: str) -> str:
    """ấ gives á: the hat, breve or horn is gone, the tone stays."""
    parts = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize("NFC", "".join(p for p in parts if p not in "\u0302\u0306\u031b"))


def cut_by_the_scan(random: Random, name: str) -> str:
    """The edge of the page took the family name, or the middle names stand as one initial."""
    words = name.split()
    if len(words) < 3:
        return name
    if random.random() < 0.1:
        return " ".join(words[1:])
    initial = f" {words[1][0]}." if random.random() < 0.5 else ""
    return f"{words[0]}{initial} {words[-1]}"


def wrong_scan(random: Random, day: date, typed: date) -> date:
    """A digit for one that looks like it, two digits exchanged, or the month of the entry."""
    digits = list(f"{day:%Y%m%d}")
    kind = random.random()
    if kind < 0.6:
        at = random.choice([at for at in range(2, 8) if digits[at] in _DIGIT_LOOKS] or [7])
        digits[at] = _DIGIT_LOOKS.get(digits[at], "1")
    elif kind < 0.8:
        at = random.choice((2, 4, 6))
        digits[at], digits[at + 1] = digits[at + 1], digits[at]
    else:
        digits[4:6] = f"{typed:%m}"
    try:
        other = date.fromisoformat("".join(digits))
    except ValueError:
        other = day + timedelta(days=random.choice((-7, -1, 1, 7)))
    return other if other != day else day + timedelta(days=random.choice((-7, 7)))


def swapped(day: date) -> date | None:
    """Day and month changed places; None where that is no date, or the same."""
    if day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month)


def wrong_digit(random: Random, day: date) -> date:
    """One part of the date is wrong by a digit."""
    while True:
        part = random.randrange(4)
        try:
            if part <= 1:
                other = day.replace(day=day.day + random.choice((-10, -2, -1, 1, 2, 10)))
            elif part == 2:
                other = day.replace(month=day.month + random.choice((-10, -1, 1, 10)))
            else:
                other = day.replace(year=day.year + random.choice((-10, -1, 1, 10)))
        except ValueError:
            continue
        return other


def wrong_line(random: Random, day: date, typed: date) -> date:
    """Another line's date, the day of typing, or last year's number in January."""
    kind = random.random()
    if kind < 0.5:
        return day + timedelta(days=random.choice((-1, 1)) * random.randint(1, 40))
    if kind < 0.7 and typed != day:
        return typed
    return date(day.year - 1 if day.year % 4 else day.year - 4, day.month, day.day)


def code_as_written(random: Random, code: str) -> str:
    """A code that a clerk wrote and that is still whole."""
    habit = random.random()
    if habit < 0.6:
        return code
    if habit < 0.7:
        return code.replace("-", " - ")
    if habit < 0.78:
        return code.replace("0", "O", random.randint(1, 2))
    if habit < 0.85:
        return code.lower()
    if habit < 0.93:
        return f"000.00.{random.randint(10, 40)}.{code}"
    return code.replace("-", "\u2013") + "\u00a0"


def code_unusable(random: Random, code: str) -> str:
    """Mostly nothing; else a part of the code, or the code with one digit wrong."""
    habit = random.random()
    if habit < 0.85:
        return ""
    parts = code.split("-")
    if habit < 0.9:
        return parts[-1]
    if habit < 0.95:
        return "-".join(parts[1:])
    digits = [at for at, letter in enumerate(code) if letter.isdigit() and at > 4]
    at = random.choice(digits)
    other = random.choice([digit for digit in "0123456789" if digit != code[at]])
    return code[:at] + other + code[at + 1 :]
