"""``make demo``: an invented district, from its systems and its Excel files to the report.

Everything is real but the people: an iGate and a national portal answer over HTTP on loopback, in
a process of their own; the paper registers are workbooks, read by the real readers in their child
processes; all is reconciled on SQLite, without a broker, and reported.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.simulators import district, serving
from worker.cli import doisoat

FOLDER = Path("demo")
SIZE = 1000
Say = Callable[..., None]


def main() -> int:
    """Write the district anew, run the command an office would run, and say what to look at."""
    say = Console(highlight=False, soft_wrap=True).print
    shutil.rmtree(FOLDER, ignore_errors=True)
    with serving.apart(district.SEED, SIZE) as systems:
        truth = district.build(FOLDER, size=SIZE, systems=systems)
        cut, whole = _show(say, truth, systems)
    say("Hai hệ thống giả đã tắt; báo cáo và cơ sở dữ liệu vẫn còn trong demo/data.")
    return 0 if (cut, whole) == (3, 0) else 1


def _show(say: Say, truth: district.Truth, systems: district.Systems) -> tuple[object, object]:
    """The story of the demo: a run with a file cut off, its repair, the run again."""
    files = len(list(FOLDER.glob("inbox/**/*.xlsx")))
    say(
        f"Một huyện do máy đặt ra: {len(truth.dossiers)} hồ sơ, {len(truth.rows)} dòng sổ.\n"
        f"  Phần mềm một cửa (iGate)  {systems.igate}\n"
        f"  Cổng DVCQG (qua trục)     {systems.portal}\n"
        f"  Sổ giấy                   {files} tệp Excel trong {FOLDER}/inbox, tệp "
        f"{Path(truth.cut_file).name} bị cắt dở"
    )
    cut = _run(say, truth.config)
    truth.repair()
    say(
        f"\nMã kết thúc {cut}: đã xong nhưng có nguồn chưa đọc đủ. Chép lại tệp bị cắt rồi chạy "
        "lần nữa; tệp khác không phải đọc lại, hai hệ thống chỉ hỏi phần chưa khép."
    )
    whole = _run(say, truth.config)
    say(
        f"\nMã kết thúc {whole}. Xem tiếp:\n"
        f"  .venv/bin/doisoat findings list --config {truth.config}\n"
        f"  .venv/bin/doisoat review list --config {truth.config}\n"
        f"  .venv/bin/doisoat status --config {truth.config}\n"
        "  make demo-console     # cùng huyện này trong trình duyệt, mỗi vai trò một tài khoản"
    )
    return cut, whole


def _run(say: Say, config: Path) -> object:
    command = ["run", "--config", str(config), "--period", "2024-Q1"]
    say(f"\n$ doisoat {' '.join(command)}\n", markup=False)
    began = time.monotonic()
    code = doisoat(command, standalone_mode=False)
    say(f"\n{time.monotonic() - began:.1f} giây".replace(".", ","))
    return code


if __name__ == "__main__":
    sys.exit(main())
