"""A new file-like source stands in three places: its settings, its connector, the registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("reconcile", "config", "connectors", "worker")
SETTINGS, CONNECTOR = "config/sources.py", "connectors/files/post_book.py"
REGISTRY = "connectors/registry.py"

NEW_SETTINGS = '''class PostBookSource(FileSource):
    """The post office's list of results that it handed over."""

    kind: Literal["post_book"]
    ROLES = (Role.REGISTER,)


'''
NEW_CONNECTOR = '''"""``post_book``: the post office's list of results that it handed over."""

from __future__ import annotations

from connectors.files.folder import FileConnector


class PostBookConnector(FileConnector):
    """Each row is a hand-over; it needs the dossier's code and the day."""

    NEEDED = (("own_code",), ("returned_on",))
'''
ASK = """
import json, os, sys
from pathlib import Path
from tests.worker import office

folder = Path(sys.argv[1])
place = office.make(folder, office.CONFIG.replace('kind = "register"', 'kind = "post_book"'))
dossiers = office.dossiers(4)
office.write(folder / "inbox/motcua/a.xlsx", list(dossiers[0]), dossiers)
rows = [{"Mã hồ sơ": one["Mã hồ sơ"], "Ngày trả": one["Ngày hẹn trả"]} for one in dossiers]
office.write(folder / "inbox/so-giay/b.xlsx", list(rows[0]), rows)
report = place.run()
print(json.dumps({
    "read": {name: one["read"] for name, one in report.run["sources"].items()},
    "linked": sorted({link["method"] for link in report.links}),
    "kinds": sorted(report.kinds()),
    "check": place.command("check", "--offline").exit_code,
}))
"""


def put_before(file: Path, mark: str, text: str) -> None:
    source = file.read_text("utf-8")
    assert source.count(mark) == 1
    file.write_text(source.replace(mark, text + mark), "utf-8")


@pytest.fixture
def larger_house(tmp_path: Path) -> Path:
    """The product with one kind of file more, of which only the three files know."""
    house = tmp_path / "house"
    for room in ROOMS:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HOUSE / room, house / room, ignore=left_out)
    (house / "tests").symlink_to(HOUSE / "tests")
    put_before(house / SETTINGS, "class PolledSource(", NEW_SETTINGS)
    put_before(
        house / SETTINGS, '    ("igate", IgateSource),', '    ("post_book", PostBookSource),\n'
    )
    (house / CONNECTOR).write_text(NEW_CONNECTOR, "utf-8")
    put_before(
        house / REGISTRY,
        "from connectors.files.register ",
        "from connectors.files.post_book import PostBookConnector\n",
    )
    put_before(house / REGISTRY, '    "register": ', '    "post_book": PostBookConnector,\n')
    return house


def test_a_new_file_source_is_settings_a_connector_and_a_line(larger_house: Path, tmp_path: Path):
    office = tmp_path / "office"
    office.mkdir()
    answered = subprocess.run(
        [sys.executable, "-c", ASK, str(office)],
        cwd=larger_house,
        env={**os.environ, "PYTHONPATH": str(larger_house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout) == {
        "read": {"motcua": 4, "so-giay": 4},
        "linked": ["code"],
        "kinds": ["RETURNED_STILL_PENDING"],
        "check": 0,
    }
