"""Which discrepancies a command is about: by id, by code, or many by unit and kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import click

from reconcile.kinds import KINDS as KIND_FACTS
from reconcile.kinds import Kind
from reconcile.labels import KINDS, STATES
from reconcile.lifecycle import Discrepancy, State
from reconcile.text.vietnamese import plain
from worker.cli import scopes
from worker.cli.options import Command, unit_option
from worker.cli.output import COULD_NOT_RUN, say
from worker.desk.discrepancies import RUN_ONCE, known_of, lacks_rows
from worker.house import House
from worker.reports.known import KnownDiscrepancy
from worker.run.keeping import code_key

Named = TypeVar("Named")


kind_option = click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="LOẠI",
    help="Chỉ loại này, viết như trong danh sách: “Có trong sổ, chưa nhập phần mềm”.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """With which discrepancies something is to be done."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    yes: bool


def chosen_options(command: Command) -> Command:
    """Names, or filters that choose many; ``--yes`` for who has looked."""
    command = click.option("--yes", is_flag=True, help="Không hỏi lại khi làm nhiều hồ sơ.")(
        command
    )
    command = kind_option(unit_option(command))
    return click.argument("names", metavar="[MÃ-VIỆC|MÃ-HỒ-SƠ]…", nargs=-1)(command)


def asked_for(house: House, asked: Asked) -> list[Discrepancy]:
    """What the names mean, or what the filters leave that is not settled."""
    filters = asked.units or asked.kinds
    if bool(asked.names) == bool(filters):
        raise click.UsageError(
            "Ghi một hay nhiều mã việc, mã hồ sơ; hoặc chọn nhiều bằng --unit và --kind."
        )
    if filters:
        known = of_kinds(house, asked.units, asked.kinds)
        return [one for one in known if one.state is not State.RESOLVED]
    found = {one.id: one for name in asked.names for one, _ in named(house, name)}
    return list(found.values())


def of_kinds(house: House, units: Sequence[str], kinds: Sequence[str]) -> list[Discrepancy]:
    """The discrepancies of these units and kinds, the urgent ones first."""
    scope = scopes.scope(house, units=units)
    wanted = {kind_of(text) for text in kinds}
    known = [one for one in house.store.discrepancies(scope) if not wanted or one.kind in wanted]
    known.sort(key=lambda one: (list(Kind).index(one.kind), one.first_seen, one.unit, one.id))
    return known


#: Every label that is shown, as it is compared, and what it stands for.
_KINDS = {
    plain(text): kind
    for kind, text in (
        *KINDS.items(),
        *((kind, one.label) for kind in Kind for one in KIND_FACTS[kind].variants.values()),
        *((kind, kind.value) for kind in Kind),
    )
}
_STATES = {
    plain(text): state
    for state, text in (*STATES.items(), *((state, state.value) for state in State))
}


def kind_of(text: str) -> Kind:
    return _meant(text, _KINDS, "loại", [KINDS[kind] for kind in Kind])


def state_of(text: str) -> State:
    return _meant(text, _STATES, "trạng thái", [STATES[state] for state in State])


def _meant(text: str, known: Mapping[str, Named], what: str, labels: Sequence[str]) -> Named:
    """The one whose label this is, or begins so; accents and capitals do not matter."""
    wanted = plain(text.strip())
    exact = known.get(wanted)
    begun = {value for label, value in known.items() if wanted and label.startswith(wanted)}
    if exact is not None:
        return exact
    if len(begun) == 1:
        return begun.pop()
    raise click.UsageError(
        f"Không có {what} “{text}”; chọn trong: {'; '.join(dict.fromkeys(labels))}"
    )


#: So many digits of an id are enough to mean it, where no other begins so.
SHORTEST = 4


def named(house: House, name: str) -> list[tuple[Discrepancy, KnownDiscrepancy | None]]:
    """By its own id or the beginning of it, else those of a dossier's code that are not settled."""
    store = house.store
    own = _own(house, name.lower())
    if own is not None:
        return [(own, known_of(store, [own.id]).get(own.id))]
    bearing = store.search.discrepancies(store.findings.bearing(code_key(name)))
    known = {one.id: one for one in bearing if one.state is not State.RESOLVED}
    told = known_of(store, known)
    # A code may be written in several ways: who writes it as it stands there means that one.
    exact = {one for one, told_so in told.items() if name in _codes(told_so)}
    found: list[tuple[Discrepancy, KnownDiscrepancy | None]] = [
        (known[one], told_so)
        for one, told_so in sorted(told.items(), key=lambda item: (not item[1].row.lead, item[0]))
        if one in exact or not exact
    ]
    if not found:
        say(f"Không có việc “{name}”. Xem: doisoat findings list", markup=False)
        if lacks_rows(store):
            say(RUN_ONCE, markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN)
    return found


def _codes(told: KnownDiscrepancy) -> tuple[str, str]:
    return told.row.code, told.row.national_code


def _own(house: House, name: str) -> Discrepancy | None:
    """The one whose id begins so. Raises click.UsageError where several do."""
    found = house.store.search.beginning(name) if name else []
    exact = next((one for one in found if one.id == name), None)
    if exact is not None or len(name) < SHORTEST or not found:
        return exact
    if len(found) > 1:
        raise click.UsageError(f"“{name}” là đầu của {len(found)} mã việc; ghi dài hơn.")
    return found[0]
