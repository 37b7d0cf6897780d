"""Commands that are loaded when they are asked for: help and a question need not load a worker."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterable
from dataclasses import dataclass
from gettext import gettext
from importlib import import_module
from typing import Any, cast

import click

from worker import no_collection


@dataclass(frozen=True, slots=True)
class Door:
    """A command that is not loaded yet: its name, its file in worker/cli/, its first line."""

    name: str
    file: str
    help: str

    def open(self) -> click.Command:
        """The command itself, found in its file by its name."""
        with no_collection():
            module = import_module(f"worker.cli.{self.file}")
        commands = (one for one in vars(module).values() if isinstance(one, click.Command))
        return next(one for one in commands if one.name == self.name)


class Doors(UserDict[str, click.Command]):
    """The commands by name; one that nobody has asked for yet is loaded by asking."""

    def __init__(self, doors: Iterable[Door]) -> None:
        super().__init__()
        self.closed = {door.name: door for door in doors}
        self.data = cast("dict[str, click.Command]", dict.fromkeys(self.closed))

    def __getitem__(self, name: str) -> click.Command:
        if self.data[name] is None:
            self.data[name] = self.closed[name].open()
        return self.data[name]


class LazyGroup(click.Group):
    """A group that loads only the command that is asked for, and none for its help."""

    def __init__(self, *, doors: Iterable[Door], **more: Any) -> None:
        super().__init__(**more)
        self.commands = Doors(doors)
        self.doors = self.commands.closed

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """As Click writes them, without loading any."""
        limit = formatter.width - 6 - max(map(len, self.doors))
        rows = [
            (name, click.Command(name, help=self.doors[name].help)) for name in sorted(self.doors)
        ]
        with formatter.section(gettext("Commands")):
            formatter.write_dl([(name, one.get_short_help_str(limit)) for name, one in rows])
