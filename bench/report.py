"""RESULTS.md: one section a benchmark; running one replaces its section alone."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
PACKAGES = ("rapidfuzz", "numpy", "python-calamine", "openpyxl", "xlsxwriter", "sqlalchemy")
INTRO = """\
# Results

Written by `make bench`; the rules are those of a fair comparison: the same machine and files,
wall clock with loading and normal forms, the memory of the whole process tree, interleaved
rounds, ratios rather than absolute times. All people are invented.
"""


@dataclass(frozen=True)
class Section:
    """What one benchmark found, in Markdown."""

    name: str
    title: str
    lines: Sequence[str]


def number(value: float, places: int) -> str:
    return f"{value:,.{places}f}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}"
    )


def versions(names: Sequence[str] = PACKAGES) -> str:
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def put(section: Section, note: str, path: Path = RESULTS) -> None:
    """Write or replace one section."""
    text = path.read_text(encoding="utf-8") if path.exists() else INTRO
    body = "\n".join(
        [
            f"<!-- {section.name} -->",
            f"## {section.title}",
            "",
            f"{machine()}; {versions()}; {date.today():%Y-%m-%d}. {note}".strip(),  # noqa: DTZ011
            "",
            *section.lines,
            f"<!-- end {section.name} -->",
        ]
    )
    old = re.compile(f"<!-- {section.name} -->.*?<!-- end {section.name} -->", re.DOTALL)
    if old.search(text):
        text = old.sub(lambda _: body, text)
    else:
        text = f"{text.rstrip()}\n\n{body}\n"
    path.write_text(text, encoding="utf-8")
