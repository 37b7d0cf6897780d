"""No person may be found in what the program leaves behind beside its reports and its database.

Every test that starts a service, a broker or a database server hands over what these wrote: logs,
the broker's files, metrics, answers of the health endpoint, error texts. At the end of the session
everything is searched for the invented people of the tests: their names and their 12-digit ids.
One hit turns the whole session red.
"""

import base64
import binascii
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.simulators import people

#: Where what was handed over lies, for this process and those that it starts.
FOLDER = "DOISOAT_TEST_BY_PRODUCTS"

#: Families of the tests' own people, beside those of the generator.
_OTHERS = ("Lò", "Đinh", "Phùng", "Nông", "Bế", "Giàng", "Tòng", "Sầm", "Quàng", "Lục", "Trịnh")
#: A family name and at least two more words, each with a capital letter (looked at below).
NAME = re.compile(rf"(?<!\w)(?:{'|'.join((*people.FAMILIES, *_OTHERS))})(?: [^\W\d_]+){{2}}")
#: As citizens have them. Other long numbers (times, sizes) do not begin with a zero.
ID = re.compile(r"(?<![\w.\-])0\d{11}(?![\w\-])")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")

_numbers = count(1)


def keep(kind: str, content: str | bytes) -> None:
    """Hand something over to be searched at the end; ``kind`` says what it was."""
    folder = os.environ.get(FOLDER)
    if folder and content:
        data = content.encode() if isinstance(content, str) else content
        Path(folder, f"{os.getpid()}-{next(_numbers)}-{kind}").write_bytes(data)


def keep_folder(kind: str, folder: Path) -> None:
    """Hand over every file of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            keep(kind, path.read_bytes())


def found_in(data: bytes) -> list[str]:
    """The persons in it, however it is written: plain, escaped, or in base64 as messages are."""
    texts = [data.decode("utf-8", "replace")]
    for piece in _BASE64.findall(data):
        try:
            texts.append(base64.b64decode(piece, validate=True).decode("utf-8", "replace"))
        except (ValueError, binascii.Error):
            continue
    hits: set[str] = set()
    for text in texts:
        plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        hits.update(name for name in NAME.findall(plain) if _is_capital(name))
        hits.update(ID.findall(plain))
    return sorted(hits)


def _is_capital(name: str) -> bool:
    return all(word[0].isupper() for word in name.split())


def leaks(folder: Path) -> Iterator[str]:
    """One line for each thing that holds a person."""
    for path in sorted(folder.iterdir()):
        hits = found_in(path.read_bytes())
        if hits:
            yield f"{path.name}: {', '.join(hits[:5])}"


class Searcher:
    """The part of it that belongs to the one process that sees the end of the session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: list[str] = []
        self.count = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What a test wrote to its log and to stderr. What it asserted is its own business."""
        if report.passed:
            keep("log", report.caplog)
            keep("stderr", report.capstderr)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.count = len(list(self.folder.iterdir()))
        self.found = list(leaks(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)
        os.environ.pop(FOLDER, None)
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("persons in by-products", red=True, bold=True)
            for line in self.found:
                terminalreporter.line(line)
        elif self.count:
            terminalreporter.line(f"canary: no person in {self.count} by-products")


def pytest_configure(config: pytest.Config) -> None:
    """The process that collects makes the folder; its workers find it in their environment."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="doisoat-by-products-"))
    os.environ[FOLDER] = str(folder)
    config.pluginmanager.register(Searcher(folder), "canary-searcher")
