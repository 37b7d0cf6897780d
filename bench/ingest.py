"""P9: one register of 50,000 rows through the real connector, child process and all.

``python -m bench.ingest FOLDER`` reads the office in FOLDER and prints what it got.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

from bench.files import CONFIGURATION, EXPORT, REGISTERS, Column, write_rows
from bench.memory import held_mib, run_measured
from bench.population import Size
from bench.province import OUT
from bench.report import Section, number, table
from bench.worlds import EASY, Preset, assemble
from reconcile.claims import RegisterType

ROWS = 50_000
ROOT = Path(__file__).resolve().parent.parent


def make(rows: int = ROWS) -> Path:
    """One workbook, one sheet, everything in it: a year of a province's sổ theo dõi."""
    folder = OUT / f"register-{rows}"
    path = folder / "inbox/so-giay/so-theo-doi.xlsx"
    if path.exists():
        return folder
    for source in ("motcua", "cong", "so-giay"):
        (folder / "inbox" / source).mkdir(parents=True, exist_ok=True)
    preset = Preset(rows + rows // 10, rows, EASY.mistakes)
    world = assemble("coast", "easy", 1, preset, Size(124, 366), tracking=1.0)
    unit = Column("Xã/thị trấn", lambda claim: claim.unit)
    columns = (unit, *REGISTERS[RegisterType.TRACKING])
    write_rows(path, "SỔ THEO DÕI HỒ SƠ", columns, world.written)
    for source in ("motcua", "cong"):
        write_rows(folder / f"inbox/{source}/ho-so.xlsx", "DANH SÁCH", EXPORT, world.dossiers[:10])
    (folder / "doisoat.toml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


def read(folder: Path, name: str) -> dict[str, object]:
    """One source of the office read whole; memory of this process and of its child apart."""
    from config.office_tables import load as load_tables
    from config.settings import load as load_settings
    from connectors import Memory, open_connectors

    settings = load_settings(folder / "doisoat.toml", {})
    connectors = open_connectors(settings, load_tables(settings))
    connector = next(found for found in connectors if found.source.name == name)
    peaks: Counter[str] = Counter()
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(peaks, done), daemon=True)
    before = held_mib(psutil.Process())
    watcher.start()
    started = time.perf_counter()
    claims = rejected = 0
    problems = []
    for snapshot in connector.fetch(Memory()):
        claims += len(snapshot.claims)
        rejected += len(snapshot.rejected)
        problems += [snapshot.problem] if snapshot.problem else []
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return {
        "seconds": seconds,
        "claims": claims,
        "rejected": rejected,
        "problems": problems,
        "before_mib": before,
        "worker_mib": peaks["worker"],
        "child_mib": peaks["child"],
    }


def section(rounds: int) -> Section:
    """P9, each round in a new process."""
    folder = make()
    rows = []
    for turn in range(rounds):
        usage = run_measured(
            [sys.executable, "-m", "bench.ingest", str(folder), "so-giay"], cwd=ROOT
        )
        if usage.exit_code:
            raise SystemExit(usage.stderr[-3000:])
        told = json.loads(usage.stdout)
        cells = [told["seconds"], told["worker_mib"], told["child_mib"]]
        counts = [f"{told['claims']:,}", f"{told['rejected']:,}"]
        rows.append([str(turn + 1), *counts, *(number(cell, 1) for cell in cells)])
    lines = [
        "To reach: 10 s with validation, the child within 1 GB, the worker within 200 MB.",
        "",
        *table(["round", "claims", "rejected", "s", "worker MiB", "child MiB"], rows),
    ]
    return Section("register", "P9: a register of 50,000 rows, xlsx", lines)


def _watch(peaks: Counter[str], done: threading.Event) -> None:
    me = psutil.Process(os.getpid())
    while not done.wait(0.05):
        peaks["worker"] = max(peaks["worker"], held_mib(me))
        for child in me.children(recursive=True):
            try:
                peaks["child"] = max(peaks["child"], held_mib(child))
            except (psutil.Error, OSError):
                continue


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]), sys.argv[2])))
