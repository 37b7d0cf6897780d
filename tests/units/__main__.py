"""``make units-test``: the bundle installed and the systemd units started, in a container.

A Debian with systemd of its own (debootstrap, systemd-nspawn; root), without any network. What
happens inside is told by inside.sh. It ends within half an hour and removes what it made.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compose.__main__ import fill, tracked
from tests.compose.engine import CannotBeHad, run, say

HERE = Path(__file__).parent
LONGEST = 1800
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,python3-pip"
UNIT = """\
[Unit]
After=multi-user.target
[Service]
Type=exec
ExecStart=/bin/bash /units-test/inside.sh
StandardOutput=append:/units-test/log
StandardError=append:/units-test/log
[Install]
WantedBy=multi-user.target
"""


def machine(work: Path) -> Path:
    """The root of a small Debian with systemd; DEBIAN=<folder> is copied where there is one."""
    for needed in ("debootstrap", "systemd-nspawn"):
        if os.geteuid() != 0 or shutil.which(needed) is None:
            raise CannotBeHad(
                f"it needs root and {needed} (Debian: systemd-container, debootstrap)"
            )
    root = work / "root"
    if given := os.environ.get("DEBIAN"):
        run("cp", "-a", given, root)
    else:
        say("making a small Debian with systemd")
        debian = ("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm")
        run(*debian, root, seconds=1200)
    return root


def prepare(work: Path, root: Path) -> None:
    """The bundle, an office of invented people, and the unit that does everything."""
    source = work / "source"
    source.mkdir()
    tracked(source)
    say("make bundle")
    run(source / "deploy/bundle.sh", sys.executable, cwd=source, seconds=1800)
    place = root / "units-test"
    (place / "office/inbox/motcua").mkdir(parents=True)
    (place / "office/inbox/so-giay").mkdir()
    fill(place / "office")
    archive = next((source / "dist").glob("*.tar.gz"))
    run("tar", "-C", place, "-xf", archive)
    next(place.glob("doisoat-*")).rename(place / "bundle")
    shutil.copy2(HERE / "inside.sh", place / "inside.sh")
    unit = root / "etc/systemd/system/units-test.service"
    unit.write_text(UNIT)
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / unit.name).symlink_to(f"/etc/systemd/system/{unit.name}")


def boot(root: Path) -> bool:
    """Start it, tell what it says, until it powers itself off."""
    say("systemd-nspawn --boot, without a network")
    words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network"]
    words += ["--machine", f"doisoat-units-{os.getpid()}", "--directory", str(root), "--boot"]
    console = root.parent / "console"
    with console.open("wb") as log:
        booted = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        booted.wait(LONGEST)
    finally:
        if booted.poll() is None:
            booted.terminate()
            booted.wait(60)
    told = root / "units-test/log"
    if not told.exists():
        said = console.read_text(errors="replace")[-2000:]
        raise CannotBeHad(f"systemd does not start in a container here:\n{said}")
    text = told.read_text(errors="replace")
    print(text, flush=True)
    return text.rstrip().endswith("ALL WELL")


def main() -> int:
    work = Path(tempfile.mkdtemp(prefix="doisoat-units-", dir="/var/tmp"))
    try:
        root = machine(work)
        prepare(work, root)
        well = boot(root)
    except CannotBeHad as why:
        say(f"NOT RUN: {why}")
        return 2
    except (AssertionError, subprocess.TimeoutExpired) as wrong:
        say(f"FAILED: {wrong}")
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say("units: all well" if well else "units: FAILED")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
