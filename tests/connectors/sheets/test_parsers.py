"""The processes that fork a child a file: kept between files, and no file's end is another's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.errors import SourceGarbled
from connectors.files import workbook
from connectors.files.workbook import Limits, Parsers
from connectors.sheets.messages import Rows
from tests.connectors.books import Office
from tests.connectors.sheets.test_formats import csv
from tests.connectors.sheets.test_hostile import ZOO, good

pytestmark = pytest.mark.usefixtures("in_earnest")

CHILDREN = Path(f"/proc/{os.getpid()}/task")
needs_proc = pytest.mark.skipif(not CHILDREN.is_dir(), reason="the system lists no processes")


def rows_of(parsers, path):
    """How many rows the child sends of a file."""
    with workbook.opened(path, Limits()) as file:
        messages = list(parsers.read(file, workbook.digest(file), Limits()))
    return sum(len(message.rows) for message in messages if isinstance(message, Rows))


def processes():
    """The waiting processes of this one."""
    texts = [(task / "children").read_text() for task in CHILDREN.iterdir()]
    found = [int(text) for text in " ".join(texts).split()]
    return [
        one for one in found if b"connectors.sheets" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]


@needs_proc
def test_one_process_serves_one_file_after_the_other(tmp_path):
    office = Office(tmp_path)
    paths = [office.text("a.xlsx", good()), office.text("b.csv", csv(";"))]
    with Parsers() as parsers:
        first = rows_of(parsers, paths[0])
        (waiting,) = processes()
        second = rows_of(parsers, paths[1])
        assert processes() == [waiting]
    assert (first, second) == (401, 4)
    assert processes() == []


@needs_proc
@pytest.mark.parametrize("bad", ["far cell, 512 GB", "billion laughs"])
def test_a_bad_file_costs_the_next_one_nothing(tmp_path, bad):
    office = Office(tmp_path)
    broken, whole = office.text("a.xlsx", ZOO[bad][0]), office.text("b.xlsx", good())
    with Parsers() as parsers:
        with pytest.raises(SourceGarbled):
            rows_of(parsers, broken)
        assert processes() == []
        assert rows_of(parsers, whole) == 401
        assert len(processes()) == 1


@needs_proc
def test_a_waiting_process_that_was_killed_spoils_one_file_and_says_so(tmp_path):
    path = Office(tmp_path).text("a.xlsx", good())
    with Parsers() as parsers:
        rows_of(parsers, path)
        (waiting,) = processes()
        os.kill(waiting, signal.SIGKILL)
        with pytest.raises(SourceGarbled) as stopped:
            rows_of(parsers, path)
        assert stopped.value.where == "stopped"
        assert rows_of(parsers, path) == 401


@needs_proc
def test_a_reading_that_nobody_follows_to_its_end_leaves_no_process(tmp_path):
    path = Office(tmp_path).text("a.xlsx", good())
    with Parsers() as parsers, workbook.opened(path, Limits()) as file:
        messages = parsers.read(file, workbook.digest(file), Limits())
        next(messages)
        assert len(processes()) == 1
        messages.close()
        assert processes() == []


def test_the_waiting_process_ends_with_who_started_it():
    """Its standard input is the socket; once that is closed it goes by itself."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "connectors.sheets"], stdin=theirs.fileno()
        )
    ours.close()
    assert process.wait(180) == 0
