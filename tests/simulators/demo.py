"""``make demo``: an invented district, from its Excel files to the report, in seconds.

Everything is real but the people: the files are written to ``demo/``, read by the real readers
in their child processes, reconciled on SQLite, and reported.
"""

from __future__ import annotations

import shutil
import sys
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
        f"{files} tệp Excel trong {FOLDER}/inbox, một tệp bị cắt giữa chừng."
    )
    command = ["run", "--config", str(truth.config), "--period", "2024-Q1"]
    say(f"$ doisoat {' '.join(command)}\n", markup=False)
    exit_code = doisoat(command, standalone_mode=False)
    say(
        f"\nMã kết thúc {exit_code}: 3 nghĩa là đã xong nhưng có nguồn chưa đọc đủ, đúng như đã "
        "cắt một tệp. Xem tiếp:\n"
        f"  .venv/bin/doisoat findings list --config {truth.config}\n"
        f"  .venv/bin/doisoat review list --config {truth.config}\n"
        f"  .venv/bin/doisoat status --config {truth.config}"
    )
    return 0 if exit_code == 3 else 1


if __name__ == "__main__":
    sys.exit(main())
