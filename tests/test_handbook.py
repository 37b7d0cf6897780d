"""The handbook is true: its pictures, its commands, and where the program sends its reader."""

import re
from pathlib import Path

import click
import pytest

from tests import pictures
from worker.cli import doisoat

ROOT = Path(__file__).parent.parent
HANDBOOK = pictures.HANDBOOK.read_text("utf-8")
#: What people copy commands from.
PAGES = ("README.md", *(f"docs/{name}" for name in ("van-hanh.md", "kiem-tra-chon-mau.md")))


def test_each_picture_is_made_by_a_test_and_lies_there():
    named = pictures.named()
    assert len(named) >= 12
    assert len(named) == len(set(named))
    known = pictures.makers()
    assert [name for name in named if name not in known] == []
    assert sorted(path.stem for path in pictures.FOLDER.iterdir()) == sorted(named)


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in pictures.FOLDER.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > pictures.ONE} == {}
    assert sum(sizes.values()) <= pictures.ALL


def written(text: str) -> list[str]:
    """The commands of a page: what stands between backticks or in a block, without its remark."""
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```\n.*?^```$", "", text, flags=re.M | re.S))
    place = r"(?:.*(?:/bin/|exec [\w-]+ ))?"  # where the program is called from
    called = (re.match(place + r"doisoat (.*)", line) for line in (*lines, *spans))
    return [found[1].split("#")[0].strip() for found in called if found]


def wrong_in(command: str) -> str:
    """What the program does not know in a command; nothing where it would take it."""
    known: click.Command = doisoat
    for word in re.sub(r'"[^"]*"', "WORD", command).split():
        options = {name for one in known.params for name in (*one.opts, *one.secondary_opts)}
        if word.startswith("--"):
            if word not in options | {"--help"}:
                return word
        elif isinstance(known, click.Group) and word != "…":
            if word not in known.commands:
                return word
            known = known.commands[word]
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_each_command_that_a_page_names_exists(page: str):
    commands = written((ROOT / page).read_text("utf-8"))
    assert commands
    assert {one: wrong for one in commands if (wrong := wrong_in(one))} == {}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("run --period 2024-Q1 --queue", ""),
        ("--verbose run", ""),
        ("db …", ""),
        ('review confirm KEY "a --b c"', ""),
        ("runs --period 2024-Q1", "runs"),
        ("db backups FILE", "backups"),
        ("run --quarter 2024-Q1", "--quarter"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(command: str, wrong: str):
    assert wrong_in(command) == wrong


def test_what_is_to_be_pressed_is_there():
    """Each label after “bấm” and “mở” stands in a page of the console or in its menu."""
    told = HANDBOOK[: HANDBOOK.index("# Phần hai")]
    labels = re.findall(r"(?:[Bb]ấm|[Mm]ở|→) \*\*(.+?)\*\*", told)
    console = ROOT / "worker/console"
    pages = "".join(
        path.read_text("utf-8") for path in (*console.rglob("*.html"), *console.rglob("*.py"))
    )
    assert len(labels) > 30
    assert [one for one in labels if one.split("…")[0].rstrip(": ") not in pages] == []


def test_the_program_sends_its_reader_to_sections_that_deal_with_it():
    heads = dict(re.findall(r"^## (\d+)\. (.+)$", HANDBOOK, re.M))
    sent = {
        number
        for path in (ROOT / "worker").rglob("*.py")
        for number in re.findall(r"van-hanh\.md, mục (\d+)", path.read_text("utf-8"))
    }
    assert {number: heads[number] for number in sent} == {
        "3": "Khi một nguồn chưa đọc đủ",
        "6": "Cơ sở dữ liệu",
    }


def test_a_section_or_part_that_the_handbook_names_is_there():
    heads = set(re.findall(r"^## (\w+)\. ", HANDBOOK, re.M))
    named = set(re.findall(r"\b(?:mục|phần) (\d+|[A-F])\b", HANDBOOK))
    assert named
    assert named <= heads
