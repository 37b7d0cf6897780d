"""``make demo``: an invented district, from its Excel files to the report, in seconds.

Everything is real but the people: the files are written to ``demo/``, read by the real readers
in their child processes, reconciled on SQLite, and reported.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.simulators import district
from worker.cli import doisoat

FOLDER = Path("demo")
SIZE = 1500


def main() -> int:
    """Write the district anew, run the command an office would run, and say what to look at."""
    say = Console(highlight=False, soft_wrap=True).print
    shutil.rmtree(FOLDER, ignore_errors=True)
    truth = district.build(FOLDER, size=SIZE)
    files = len(list(FOLDER.glob("inbox/**/*.xlsx")))
    say(
        f"Một huyện do máy đặt ra: {len(truth.dossiers)} hồ sơ, {len(truth.rows)} dòng sổ, "
        f"{files} tệp Excel trong {FOLDER}/inbox, tệp {Path(truth.cut_file).name} bị cắt dở."
    )
    cut = _run(say, truth.config)
    truth.repair()
    say(
        f"\nMã kết thúc {cut}: đã xong nhưng có nguồn chưa đọc đủ. Chép lại tệp bị cắt rồi chạy "
        "lần nữa; các tệp khác không phải đọc lại."
    )
    whole = _run(say, truth.config)
    say(
        f"\nMã kết thúc {whole}. Xem tiếp:\n"
        f"  .venv/bin/doisoat findings list --config {truth.config}\n"
        f"  .venv/bin/doisoat review list --config {truth.config}\n"
        f"  .venv/bin/doisoat status --config {truth.config}"
    )
    return 0 if (cut, whole) == (3, 0) else 1


def _run(say: Callable[..., None], config: Path) -> object:
    command = ["run", "--config", str(config), "--period", "2024-Q1"]
    say(f"\n$ doisoat {' '.join(command)}\n", markup=False)
    return doisoat(command, standalone_mode=False)


if __name__ == "__main__":
    sys.exit(main())
