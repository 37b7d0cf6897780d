"""The command line: what it prints is for people, in Vietnamese; ``--json`` is for machines.

Human text goes to stderr, so that stdout holds only what a program may read.
"""

from __future__ import annotations

import gettext
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

# Click asks gettext for its own words at the moment it speaks them.
os.environ["LANGUAGE"] = "vi"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402 - after its language is set

from config.errors import ConfigError  # noqa: E402
from connectors.errors import where  # noqa: E402
from worker import logs  # noqa: E402
from worker.cli import (  # noqa: E402
    alerts,
    books,
    console,
    db,
    find,
    findings,
    import_,
    offices,
    periods,
    review,
    run,
    sample,
    serve,
    sources,
    status,
    user,
)
from worker.cli.output import COULD_NOT_RUN, say  # noqa: E402
from worker.run import leases  # noqa: E402
from worker.store import StoreError  # noqa: E402

CRASH_LINES = 6  # of the way to the error


@click.group(
    name="doisoat",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="LỆNH …",
    options_metavar="",
)
@click.version_option(package_name="doisoat", prog_name="doisoat")
@click.option("-v", "--verbose", is_flag=True, help="In cả nhật ký chi tiết ra màn hình.")
def doisoat(verbose: bool) -> None:
    """Đối soát hồ sơ khai sinh, khai tử giữa sổ giấy và phần mềm.

    Tìm hồ sơ đã trả kết quả trên giấy mà phần mềm còn ghi đang giải quyết, kèm căn cứ từng hồ
    sơ. Chương trình chỉ đọc, không sửa hệ thống nguồn.

    \b
    Bắt đầu:   doisoat init CO-QUAN
               cd CO-QUAN
               doisoat check
               doisoat run --period 2024-Q1
    """
    logs.configure("INFO" if verbose else "WARNING")


for command in (
    offices.init,
    offices.check,
    offices.units,
    run.run,
    import_.take_in,
    books.books,
    run.report,
    serve.serve,
    console.console,
    user.user,
    serve.cancel,
    status.status,
    find.find,
    findings.findings,
    review.review,
    periods.periods,
    sources.sources,
    sample.sample,
    alerts.alerts,
    db.db,
):
    doisoat.add_command(command)


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Asked to end: leases are given back and files closed, as after Ctrl-C."""
    raise KeyboardInterrupt


def main() -> None:
    """The entry point: known errors become one clear message and exit code 2, no traceback."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        # Outside of its standalone mode Click hands the exit code back instead of raising it.
        sys.exit(doisoat(standalone_mode=False))
    except click.ClickException as error:
        error.show(sys.stderr)
        sys.exit(COULD_NOT_RUN)
    except (click.Abort, KeyboardInterrupt):
        say("Đã dừng.")
        sys.exit(130)
    except ConfigError as error:
        say(f"[bold red]Cấu hình có {len(error.problems)} lỗi:[/]")
        for problem in error.problems:
            say(f"  • {problem}", markup=False)
        say("Sửa các dòng trên rồi chạy lại: doisoat check", markup=False)
        sys.exit(COULD_NOT_RUN)
    except leases.Busy as busy:
        say(f"Đang có lượt đối soát {busy.run_id}. Xem: doisoat status. Xong lượt đó thì chạy lại.")
        sys.exit(COULD_NOT_RUN)
    except StoreError as error:
        say(str(error), markup=False)
        sys.exit(COULD_NOT_RUN)
    except Exception as error:
        # Protects whoever reads the exit code: 1 means "done, discrepancies are open".
        _tell_of_crash(error)
        sys.exit(COULD_NOT_RUN)


def _tell_of_crash(error: Exception) -> None:
    """Where it happened, without the values: they may be people's."""
    say(f"Lỗi ngoài dự kiến: {type(error).__name__} ở {where(error)}.", markup=False)
    for frame in traceback.extract_tb(error.__traceback__)[-CRASH_LINES:]:
        say(f"  {frame.filename}:{frame.lineno} {frame.name}", markup=False)
    say(
        "Dữ liệu đã lưu giữ nguyên. Xem nhật ký quanh giờ này, gửi các dòng trên cho người hỗ trợ; "
        "kiểm tra máy: doisoat check",
        markup=False,
    )
