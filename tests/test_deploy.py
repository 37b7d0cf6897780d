"""What is shipped is whole: data files in the wheel, units and scripts that fit the code."""

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from worker.cli import doisoat

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def test_the_wheel_holds_every_data_file():
    """What is no module is named in pyproject.toml, or it is missing where it is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    given = project["tool"]["setuptools"]["package-data"]
    named = {
        path.relative_to(ROOT).as_posix()
        for package, patterns in given.items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    tracked = subprocess.run(
        ["git", "ls-files", "reconcile", "config", "connectors", "worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    data = {name for name in tracked if name and not name.endswith(".py")}
    assert data - named == set()


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_starts_our_command_and_is_confined(unit: Path):
    parsed = configparser.ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit.read_text("utf-8"))
    service = parsed["Service"]
    words = shlex.split(service["ExecStart"])
    assert words[0].endswith("/current/bin/doisoat")
    found = doisoat.commands[words[1]]
    found.make_context(words[1], words[2:])  # raises for an unknown option
    assert isinstance(found, click.Command)
    assert service["User"] == "doisoat"
    assert service["Restart"] == "always"
    assert int(service["TimeoutStopSec"]) > 40  # what a worker has to give its run back
    hard = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes"}
    assert hard.items() <= dict(service).items()
    assert {"MemoryMax", "RestrictAddressFamilies", "UMask"} <= set(service)


def test_the_bundle_packs_files_that_are_there():
    script = (DEPLOY / "bundle.sh").read_text("utf-8")
    packed = [
        name
        for line in re.findall(r"^cp (?:-R )?(.+) \"\$out", script, re.M)
        for name in line.split()
    ]
    assert "deploy/install.sh" in packed
    assert [name for name in packed if not (ROOT / name).exists()] == []


def test_a_bundle_that_was_changed_is_not_installed(tmp_path: Path):
    shutil.copy(DEPLOY / "install.sh", tmp_path)
    (tmp_path / "VERSION").write_text("9.9.9\n")
    done = subprocess.run(
        ["sha256sum", "install.sh", "VERSION"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "SHA256SUMS").write_text(done.stdout)
    (tmp_path / "VERSION").write_text("6.6.6\n")
    target = tmp_path / "opt"
    ran = subprocess.run(
        ["bash", "install.sh", "--prefix", str(target)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "Gói bị hỏng" in ran.stderr
    assert not target.exists()
