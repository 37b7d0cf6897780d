"""Which discrepancies a command is about: by id, by code, or many by unit and kind."""

from __future__ import annotations

from dataclasses import dataclass

import click

from reconcile.lifecycle import Discrepancy
from worker.cli.options import Command, unit_option
from worker.cli.output import COULD_NOT_RUN, say
from worker.desk import acts, naming
from worker.desk.actor import Actor, Unseen
from worker.desk.worklist import DossierFilter
from worker.house import House
from worker.reports.known import KnownDiscrepancy

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


def asked_for(house: House, actor: Actor, asked: Asked) -> list[Discrepancy]:
    """What the names mean, or what the filters leave that is not settled."""
    filters = asked.units or asked.kinds
    if bool(asked.names) == bool(filters):
        raise click.UsageError(
            "Ghi một hay nhiều mã việc, mã hồ sơ; hoặc chọn nhiều bằng --unit và --kind."
        )
    if filters:
        kinds = frozenset(map(naming.kind_of, asked.kinds))
        units = naming.units_of(house, asked.units) if asked.units else None
        return acts.chosen(house, actor, DossierFilter(units=units, kinds=kinds))
    found = {one.id: one for name in asked.names for one, _ in bearing(house, actor, name)}
    return list(found.values())


def bearing(
    house: House, actor: Actor, name: str
) -> list[tuple[Discrepancy, KnownDiscrepancy | None]]:
    """By its own id or the beginning of it, else those of a dossier's code; ends the command where
    there is none."""
    try:
        return acts.bearing(house, actor, name)
    except Unseen as unseen:
        say(f"Không có việc “{name}”. Xem: doisoat findings list", markup=False)
        if str(unseen):
            say(str(unseen), markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
