"""What the words of a person mean: units, kinds, states and piles, as they are shown or in part."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from reconcile.kinds import KINDS as FACTS
from reconcile.kinds import Kind
from reconcile.labels import KINDS, PILES, STATES
from reconcile.lifecycle import State
from reconcile.steps import Pile
from reconcile.text.vietnamese import plain, unit_key
from worker.desk.refused import Refused
from worker.house import House

Meant = TypeVar("Meant")
_GAPS = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """The label without accents, for the address of a page: ``da-khop``."""
    return _GAPS.sub("-", plain(text)).strip("-")


#: Every label that is shown, as it is compared, and what it stands for.
_KINDS: Mapping[str, Kind] = {
    slug(label): kind
    for label, kind in (
        *((text, kind) for kind, text in KINDS.items()),
        *((one.label, kind) for kind in Kind for one in FACTS[kind].variants.values()),
        *((kind.value, kind) for kind in Kind),
    )
}
_STATES: Mapping[str, State] = {
    slug(text): state
    for state, text in (*STATES.items(), *((state, state.value) for state in State))
}
_PILES: Mapping[str, Pile] = {slug(text): pile for pile, text in PILES.items()}


def kind_of(text: str) -> Kind:
    """The kind that a label, or the beginning of one, stands for. Raises Refused."""
    return _meant(text, _KINDS, "loại", [KINDS[kind] for kind in Kind])


def state_of(text: str) -> State:
    """The state that a label, or the beginning of one, stands for. Raises Refused."""
    return _meant(text, _STATES, "trạng thái", [STATES[state] for state in State])


def pile_of(text: str) -> Pile:
    """The pile that a label, or the beginning of one, stands for. Raises Refused."""
    return _meant(text, _PILES, "phần việc", list(PILES.values()))


def _meant(text: str, known: Mapping[str, Meant], what: str, labels: Sequence[str]) -> Meant:
    """The one whose label this is, or begins so; accents and capitals do not matter."""
    wanted = slug(text)
    exact = known.get(wanted)
    begun = {value for label, value in known.items() if wanted and label.startswith(wanted)}
    if exact is not None:
        return exact
    if len(begun) == 1:
        return begun.pop()
    raise Refused(f"Không có {what} “{text}”; chọn trong: {'; '.join(dict.fromkeys(labels))}")


def units_of(house: House, texts: Iterable[str]) -> frozenset[str]:
    """The units of these names and their children: codes of units.csv, and comparable names.

    Raises Refused where the table and the data know none of that name.
    """
    known = {unit for file in house.store.readings.files() for unit in file.units if unit}
    keys = {unit_key(unit) for unit in known}
    today = house.clock.today()
    found: set[str] = set()
    for text in texts:
        table = house.tables.units
        code = text if table.at(text) else table.resolve(text, today)
        if code is not None:
            found |= {code, *table.children(code)}
        elif known and unit_key(text) not in keys:
            near = difflib.get_close_matches(text, sorted(known), n=3, cutoff=0.4)
            hint = f" Có phải: {', '.join(near)}?" if near else ""
            raise Refused(f"Không có đơn vị “{text}”.{hint}")
        else:  # nothing was read yet: whoever bears that name
            found.add(unit_key(text))
    return frozenset(found)


def unit_name(house: House, unit: str) -> str:
    """What a unit is called on a page."""
    return house.tables.units.name(unit) or unit or "Chưa rõ đơn vị"


def kind_label(kind: Kind) -> str:
    """What a kind is called."""
    return KINDS[kind]
