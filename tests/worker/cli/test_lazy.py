"""A command loads what it needs: help and a question load neither workers nor linking."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from tests.worker import office
from worker.cli import COMMANDS, doisoat

#: What is slow to load, and of no use to whoever only asks what is stored.
HEAVY = frozenset(
    ("alembic", "celery", "docx", "httpcore", "jinja2", "kombu", "lxml", "numpy", "openpyxl",
     "psycopg", "redis", "xlsxwriter")
)  # fmt: skip
#: Runs a command as a person does and prints the heavy modules that were loaded with it.
SCRIPT = """
import json, sys
from worker.cli import main
heavy, sys.argv = sys.argv[1].split(), ["doisoat", *sys.argv[2:]]
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps([code, [name for name in heavy if name in sys.modules]]))
"""


def loaded(words: Sequence[str], folder: Path, heavy: frozenset[str] = HEAVY) -> set[str]:
    """The heavy modules that a command has loaded by its end, which is a good one."""
    asked = [sys.executable, "-c", SCRIPT, " ".join(sorted(heavy)), *words]
    ended = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=True)
    code, names = json.loads(ended.stdout.splitlines()[-1])
    assert code in (0, None), ended.stderr
    return set(names)


def test_help_loads_no_command(tmp_path: Path):
    none = HEAVY | {"sqlalchemy", "pydantic", "structlog", "worker.house", "worker.store"}
    assert loaded(["--help"], tmp_path, none) == set()


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office that has run once."""
    place = office.make(tmp_path_factory.mktemp("office"))
    dossiers = office.dossiers()
    office.write(place.folder / "inbox/motcua/a.xlsx", list(dossiers[0]), dossiers)
    rows = office.entries(dossiers)
    office.write(place.folder / "inbox/so-giay/b.xlsx", list(rows[0]), rows)
    place.run()
    return place.folder


@pytest.mark.parametrize(
    "words",
    ["find H11.20-240101-1000", "findings list", "review list", "status", "sources list"],
)
def test_a_question_loads_only_what_is_stored(words: str, worked: Path):
    assert loaded(words.split(), worked) == set()


def test_what_is_loaded_is_noticed(worked: Path):
    assert "xlsxwriter" in loaded(["report"], worked)


@pytest.mark.parametrize("door", COMMANDS, ids=lambda door: door.name)
def test_the_first_line_of_help_is_the_commands_own(door):
    command = doisoat.commands[door.name]
    assert isinstance(command, click.Command)
    assert (command.name, command.get_short_help_str(200)) == (door.name, door.help)
