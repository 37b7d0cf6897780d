"""How the command line speaks: stderr for people, Vietnamese numbers and days."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console, JustifyMethod, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from worker.desk.refused import Refused
from worker.run.exits import COULD_NOT_RUN, DONE, NOT_READ_IN_FULL
from worker.words import hour, number

__all__ = ["COULD_NOT_RUN", "DONE", "NOT_READ_IN_FULL", "hour", "number"]

#: Off a terminal nothing is folded: lines go into a file or another program.
_WIDE = 240


def _console(*, stderr: bool) -> Console:
    on_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr, highlight=False, soft_wrap=True, width=None if on_terminal else _WIDE
    )


console = _console(stderr=True)


def say(text: str = "", *, markup: bool = True) -> None:
    """A line for the person at the terminal."""
    console.print(text, markup=markup)


def answer(text: object = "", *, markup: bool = True) -> None:
    """What was asked for (a list, a table): on stdout, where it can be paged or saved."""
    _console(stderr=False).print(text, markup=markup)


def put_json(value: object) -> None:
    """The machine's answer, alone on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def day(value: date | datetime | None) -> str:
    """``31/03/2024``; a dash for nothing."""
    return f"{value:%d/%m/%Y}" if value else "–"


def percent(value: object) -> str:
    """``47,18%`` of a fraction; a dash for nothing."""
    if not isinstance(value, int | float):
        return "–"
    return f"{value * 100:.2f}".replace(".", ",") + "%"


#: A cell in one of our own colours; every other cell is text, whatever brackets it holds.
_COLOURED = re.compile(r"\[((?:bold )?(?:red|green|yellow|dim)|bold)\](.*)\[/\]", re.DOTALL)


class _Table(Table):
    """A table whose cells are text: a unit may be called "Xã [/cũ]"."""

    def add_row(self, *cells: RenderableType | None, **more: Any) -> None:
        super().add_row(*(_cell(cell) if isinstance(cell, str) else cell for cell in cells), **more)


def _cell(text: str) -> Text:
    coloured = _COLOURED.fullmatch(text)
    return Text(coloured[2], style=coloured[1]) if coloured else Text(text)


def table(*headers: str, right: tuple[int, ...] = (), whole: tuple[int, ...] = ()) -> Table:
    """A plain table; ``right`` are the columns of numbers, ``whole`` those never folded."""
    made = _Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for index, header in enumerate(headers):
        justify: JustifyMethod = "right" if index in right else "left"
        made.add_column(header, justify=justify, no_wrap=index in whole, overflow="fold")
    return made


@contextmanager
def refusals() -> Iterator[None]:
    """What the desk refuses is told with its hint, exit code 2."""
    try:
        yield
    except Refused as refused:
        say(refused.text, markup=False)
        if refused.hint:
            say(refused.hint, markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None


@contextmanager
def misuse() -> Iterator[None]:
    """What the desk refuses is told as a mistake in how the command was written."""
    try:
        yield
    except Refused as refused:
        raise click.UsageError(f"{refused.text} {refused.hint}".rstrip()) from None


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on a terminal, nothing at all elsewhere."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        yield bar


class Day(click.ParamType[date]):
    """``2024-03-31`` or ``31/03/2024``."""

    name = "NGÀY"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(str(value), form).date()  # noqa: DTZ007 - a calendar day
            except ValueError:
                continue
        said = f"“{value}” không phải ngày; viết 31/03/2024 hoặc 2024-03-31."
        raise click.BadParameter(said, ctx, param)


DAY = Day()


config_option = click.option(
    "--config",
    "config_file",
    metavar="TỆP",
    default="doisoat.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Tệp cấu hình.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="In kết quả dạng JSON ra stdout, không in gì khác."
)
