"""Which column is which: the header of a table, recognised by its words.

Title rows above, two- and three-row merged headers, a (1)(2)(3) row and extra words are normal.
The longest contiguous match of words wins; a sub-header goes before its group; a word of a
person (mẹ, cha, người nộp) binds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from config.folding import visible
from connectors.files.header_words import (
    ATTRIBUTES,
    EXPECTED_WORDS,
    FIELDS,
    GIVERS,
    HAPPENED_WORDS,
    IGNORED,
    NATIONAL_WORDS,
    NO_HAND_OVER,
    NOT_IN_REGISTER,
    NOTHING,
    ONLY_IN_REGISTER,
    PERSONS,
    SUBJECT_IDS,
    WHOLE,
    Attribute,
    Person,
)
from connectors.sheets.messages import Cell
from reconcile.text.syllables import bare, is_syllable
from reconcile.text.vietnamese import to_unicode

Row = tuple[int, Sequence[Cell]]  # Excel's row number, the cells
Merge = tuple[int, int, int, int]

DEEPEST = 3  # header rows
NEIGHBOURS = 2  # blank rows that may stand between two header rows
LONGEST_LABEL = 160
SIGNS = re.compile(r"[^0-9a-z]+")
DIGITS = re.compile(r"\d{3}")
NUMBERING = re.compile(r"\(?\s*(?:\d{1,2}|[a-zđ])\s*\)?(?:\s*=.*)?", re.IGNORECASE)
#: Words that say that a column is not the name of the person it mentions.
NOT_A_NAME = frozenset(
    ("noi", "ngay", "so", "nam", "tuoi", "gio", "loai", "ma", "tinh", "hinh", "dia", "ly")
)
#: A register serves when it tells who and that the result is there; an export needs all three.
Needed = tuple[tuple[str, ...], ...]  # of each choice one column is needed
NEEDED_EXPORT: Needed = (("own_code",), ("status",), ("received_on",))
NEEDED_REGISTER: Needed = (
    ("own_code", "national_code", "subject"),
    ("returned_on", "signed", "registered_on"),
)


@lru_cache(maxsize=65_536)
def words(text: str) -> str:
    """Lower case, no accents, only letters and digits, single spaces."""
    text = visible(text)
    if text.isascii():
        return SIGNS.sub(" ", text.lower()).strip()
    return SIGNS.sub(" ", bare(to_unicode(text).casefold())).strip()


#: Syllables in words; a name is made of a few hundred of them.
_SYLLABLES: dict[str, str] = {"": ""}
_MOST_SYLLABLES = 20_000


def name_words(name: str) -> str:
    """As ``words``, with a short way for a name of well-formed syllables: no font is in doubt."""
    try:
        return " ".join([_SYLLABLES[syllable] for syllable in name.split(" ")])
    except KeyError:
        for syllable in name.split(" "):
            _learn(syllable)
        return words(name)


def _learn(syllable: str) -> None:
    composed = unicodedata.is_normalized("NFC", syllable)
    if composed and is_syllable(syllable.casefold()) and len(_SYLLABLES) < _MOST_SYLLABLES:
        _SYLLABLES[syllable] = words(syllable)


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """One column: where, how the file names it, which field it is (empty: none of ours)."""

    index: int
    label: str
    field: str
    weight: int = 0  # words that matched; a setting outweighs them all
    rank: int = 0  # how usual that phrase is, 0 first


@dataclass(frozen=True, slots=True)
class Header:
    """The recognised header of one table."""

    columns: tuple[HeaderColumn, ...]
    first_row: int
    last_row: int  # data begins below
    index: Mapping[str, int] = field(default_factory=dict)  # field → column

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.index)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Labels of the columns that are none of ours."""
        return tuple(column.label for column in self.columns if not column.field)

    def label(self, name: str) -> str:
        """How the file names the column of a field."""
        at = self.index.get(name)
        return next((column.label for column in self.columns if column.index == at), "")


def missing(header: Header, needed: Needed) -> Needed:
    """The choices of which the header has no column at all."""
    return tuple(choice for choice in needed if not header.fields & set(choice))


def find(
    rows: Sequence[Row],
    register: bool,
    merges: Sequence[Merge] = (),
    overrides: Mapping[str, Sequence[str]] | None = None,
    header_row: int | None = None,
) -> Header | None:
    """The header among the first rows of a sheet; None when at most one column is understood."""
    names = {words(text): name for name, texts in (overrides or {}).items() for text in texts}
    best: Header | None = None
    for start, (number, _) in enumerate(rows):
        if header_row is not None and number != header_row:
            continue
        for depth in range(1, DEEPEST + 1):
            lines = rows[start : start + depth]
            if len(lines) < depth or not _may_be_header(lines):
                break
            header = _header(lines, register, merges, names)
            if best is None or _better(header, best):
                best = header
    return best if best is not None and len(best.index) > 1 else None


def _better(one: Header, other: Header) -> bool:
    """More fields; among equals fewer rows, for a title above the header is none of it."""
    rows = one.last_row - one.first_row, other.last_row - other.first_row
    return (len(one.index), -rows[0]) > (len(other.index), -rows[1])


def is_numbering(cells: Sequence[Cell]) -> bool:
    """The row (1)(2)(3) under a header, or (A)(B)(1)(2)."""
    texts = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    if len(texts) < 3 or not all(NUMBERING.fullmatch(text) for text in texts):
        return False
    numbers = [int(found.group()) for text in texts if (found := re.search(r"\d+", text))]
    return numbers == sorted(set(numbers))


def _may_be_header(lines: Sequence[Row]) -> bool:
    """Labels hold no dates, codes or amounts; below the first line some column must be blank."""
    for number, cells in lines:
        labels = [cell for cell in cells if cell is not None and cell != ""]
        if not all(isinstance(label, str) and _is_label(label) for label in labels):
            return False
        if number - lines[0][0] > NEIGHBOURS * len(lines):
            return False
    if len(lines) > 1:
        width = max(len(cells) for _, cells in lines)
        return all(len(_filled(cells)) < width for _, cells in lines[1:])
    return True


def _is_label(text: str) -> bool:
    return len(text) <= LONGEST_LABEL and not DIGITS.search(text) and not is_number(text)


def is_number(text: str) -> bool:
    return text.strip().isdecimal()


def _filled(cells: Sequence[Cell]) -> list[int]:
    return [at for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()]


def _header(
    lines: Sequence[Row], register: bool, merges: Sequence[Merge], names: Mapping[str, str]
) -> Header:
    width = max(len(cells) for _, cells in lines)
    columns = []
    for index in range(width):
        levels = _levels(lines, index, merges)
        if levels:
            columns.append(_column(index, levels, register, names))
    chosen = _one_column_a_field(_with_bare_names(columns, register))
    places = {column.field: column.index for column in chosen if column.field}
    return Header(tuple(chosen), lines[0][0], lines[-1][0], places)


def _levels(lines: Sequence[Row], index: int, merges: Sequence[Merge]) -> tuple[str, ...]:
    """The texts above a column, group first."""
    texts: list[str] = []
    for depth, (_, cells) in enumerate(lines):
        text = _text(cells, index)
        if not text and depth + 1 < len(lines):
            text = _group(lines, depth, index, merges)
        if text and (not texts or texts[-1] != text):
            texts.append(text)
    return tuple(texts)


def _group(lines: Sequence[Row], depth: int, index: int, merges: Sequence[Merge]) -> str:
    """The group to the left that also spans this column, when something stands below."""
    number, cells = lines[depth]
    below = lines[depth + 1][1]
    if not _text(below, index):
        return ""
    for top, left, bottom, right in merges:
        if top <= number <= bottom and left <= index <= right:
            return _text(cells, left)
    if any(top == number for top, *_ in merges):
        return ""  # the file tells its merges, and none reaches this column
    for at in range(index - 1, -1, -1):
        text = _text(cells, at)
        if text:
            return text if _text(below, at) else ""
    return ""


def _text(cells: Sequence[Cell], index: int) -> str:
    cell = cells[index] if index < len(cells) else None
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def _column(
    index: int, levels: tuple[str, ...], register: bool, names: Mapping[str, str]
) -> HeaderColumn:
    label = " – ".join(to_unicode(text) for text in levels)
    for text in (words(levels[-1]), words(" ".join(levels)), words(levels[0])):
        if text in names:
            return HeaderColumn(index, label, names[text], weight=1000)
    name, weight, rank = meaning(tuple(words(text) for text in levels), register)
    return HeaderColumn(index, label, name, weight, rank)


BARE_NAME = "?"  # "Họ và tên" with nobody said: whose it is, the other columns tell


@lru_cache(maxsize=16_384)
def meaning(levels: tuple[str, ...], register: bool) -> tuple[str, int, int]:
    """The field of a header given its levels in words, how many words matched, and the rank."""
    last, above = levels[-1], " ".join(levels[:-1])
    found = _Matches(last)
    if not found.any and above:
        # "Trả kết quả / Ngày": read as one, in either order.
        tries = (_Matches(f"{last} {above}"), _Matches(f"{above} {last}"))
        found = max(tries, key=lambda one: one.longest)
    person = found.person or _Matches(above).person
    name, weight, rank = found.field(person)
    if name == "own_code" and any(f" {word} " in f" {last} {above} " for word in NATIONAL_WORDS):
        name = "national_code"
    if last in WHOLE and not (person and WHOLE[last] == "number"):
        name, weight, rank = WHOLE[last], 1, 99
        if name == "name":
            name = _of_person(Attribute.NAME, person, "")
        elif last == "giao" and above and not _says(above, ("ngay", "thoi gian")):
            name = NOTHING  # "Trả kết quả / Giao, Nhận": who gave it, not when
        elif name == "signed" and _says(above, GIVERS) and not _says(above, ("nhan",)):
            name = NOTHING
    if name in EXPECTABLE and name != (due := _happened(name, f"{above} {last}")):
        name, weight, rank = due, 1, 99  # a column that is plainly the due day goes first
    forbidden = NOT_IN_REGISTER if register else ONLY_IN_REGISTER
    return (NOTHING, 0, 0) if name in forbidden else (name, weight, rank)


#: Days that a header may announce before they have come.
EXPECTABLE = frozenset({"returned_on", "finished_on", "registered_on"})


def _happened(name: str, text: str) -> str:
    """The field of a day that came; the due day where it is expected; nothing where both."""
    if name == "returned_on" and _says(text, NO_HAND_OVER):
        return NOTHING
    if not _says(text, EXPECTED_WORDS):
        return name
    return NOTHING if name == "registered_on" or _says(text, HAPPENED_WORDS) else "due_on"


def _says(text: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in f" {text} " for phrase in phrases)


def is_known(levels: tuple[str, ...]) -> bool:
    """Some words of a header are known to us, even where they make no field."""
    return any(_Matches(text).any or text in WHOLE for text in levels)


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    length: int
    kind: str  # field | attribute | person | ignored
    value: str
    rank: int


class _Matches:
    """Every phrase found in a text that no longer phrase covers."""

    def __init__(self, text: str) -> None:
        self.tokens = text.split()
        found = [
            _Match(start, length, *known)
            for start in range(len(self.tokens))
            for length in range(1, min(LONGEST, len(self.tokens) - start) + 1)
            for known in PHRASES.get(" ".join(self.tokens[start : start + length]), ())
        ]
        self.all = [one for one in found if not any(_covers(other, one) for other in found)]

    @property
    def any(self) -> bool:
        return bool(self.all)

    @property
    def longest(self) -> int:
        return max((one.length for one in self.all), default=0)

    @property
    def person(self) -> Person | None:
        one = self._best("person")
        return Person(one.value) if one else None

    def field(self, person: Person | None) -> tuple[str, int, int]:
        """The field, given whose column it is."""
        named, said = self._best("field"), self._best("attribute")
        ignored, who = self._best("ignored"), self._best("person")
        if said and (not named or said.length > named.length or person):
            attribute, phrase = Attribute(said.value), self._words(said)
            return _of_person(attribute, person, phrase), said.length, said.rank
        if ignored and ignored.length >= (named.length if named else 0):
            return NOTHING, 0, 0
        if named and (
            not who or Person(who.value) is not Person.OTHER or named.length > who.length
        ):
            return named.value, named.length, named.rank
        if who and not self._left_over(who) & NOT_A_NAME:
            return _of_person(Attribute.NAME, person, ""), who.length, who.rank
        return NOTHING, 0, 0

    def _best(self, kind: str) -> _Match | None:
        ones = [one for one in self.all if one.kind == kind]
        return max(ones, key=lambda one: (one.length, -one.rank, -one.start), default=None)

    def _words(self, match: _Match) -> str:
        return " ".join(self.tokens[match.start : match.start + match.length])

    def _left_over(self, match: _Match) -> set[str]:
        return {
            token
            for at, token in enumerate(self.tokens)
            if not match.start <= at < match.start + match.length
        }


def _covers(other: _Match, one: _Match) -> bool:
    return (
        other.length > one.length
        and other.start <= one.start
        and one.start + one.length <= other.start + other.length
    )


def _of_person(attribute: Attribute, person: Person | None, phrase: str) -> str:
    """Whose name, birth, id or sex: the field, or nothing."""
    if person is None:
        return {
            Attribute.NAME: BARE_NAME,
            Attribute.BORN: "birth_date",
            Attribute.ID: "subject_id" if phrase in SUBJECT_IDS else "applicant_id",
            Attribute.SEX: "sex",
        }[attribute]
    return OF_PERSON.get((person, attribute), NOTHING)


OF_PERSON = {
    (Person.SUBJECT, Attribute.NAME): "subject",
    (Person.SUBJECT, Attribute.BORN): "birth_date",
    (Person.SUBJECT, Attribute.ID): "subject_id",
    (Person.SUBJECT, Attribute.SEX): "sex",
    (Person.MOTHER, Attribute.NAME): "mother",
    (Person.MOTHER, Attribute.BORN): "mother_birth_year",
    (Person.FATHER, Attribute.NAME): "father",
    (Person.APPLICANT, Attribute.NAME): "applicant",
    (Person.APPLICANT, Attribute.ID): "applicant_id",
}


def _with_bare_names(columns: Iterable[HeaderColumn], register: bool) -> list[HeaderColumn]:
    """ "Họ và tên" alone is the subject in a civil-status book, else the applicant."""
    columns = list(columns)
    fields = {column.field for column in columns}
    civil = register and fields & {"birth_date", "death_date", "mother", "registered_on", "sex"}
    free = "subject" if civil and "subject" not in fields else "applicant"
    return [
        HeaderColumn(one.index, one.label, free, one.weight, 99) if one.field == BARE_NAME else one
        for one in columns
    ]


def _one_column_a_field(columns: Iterable[HeaderColumn]) -> list[HeaderColumn]:
    """The best column of each field; the others become unknown."""
    columns = list(columns)
    best: dict[str, HeaderColumn] = {}
    for column in sorted(columns, key=lambda one: (-one.weight, one.rank, one.index)):
        if column.field:
            best.setdefault(column.field, column)
    return [
        one
        if not one.field or best[one.field] is one
        else HeaderColumn(one.index, one.label, NOTHING)
        for one in columns
    ]


def _phrases() -> dict[str, list[tuple[str, str, int]]]:
    known: dict[str, list[tuple[str, str, int]]] = {}
    kinds: tuple[tuple[str, Mapping[str, Sequence[str]]], ...] = (
        ("field", FIELDS),
        ("attribute", {str(name): texts for name, texts in ATTRIBUTES.items()}),
        ("person", {str(name): texts for name, texts in PERSONS.items()}),
        ("ignored", {NOTHING: IGNORED}),
    )
    for kind, table in kinds:
        for value, texts in table.items():
            for rank, text in enumerate(texts):
                known.setdefault(text, []).append((kind, value, rank))
    return known


PHRASES = _phrases()
LONGEST = max(len(text.split()) for text in PHRASES)
