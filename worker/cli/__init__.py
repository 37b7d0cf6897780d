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

from worker.cli.lazy import Door, LazyGroup  # noqa: E402
from worker.cli.output import COULD_NOT_RUN, say  # noqa: E402

#: Every command, with its first line: ``--help`` and each command load only what they need.
COMMANDS = (
    Door(
        "init",
        "init",
        "Tạo thư mục làm việc: doisoat.toml có chú thích, các bảng và hộp nhận tệp.",
    ),
    Door(
        "check",
        "check",
        "Kiểm tra cấu hình, các bảng, cơ sở dữ liệu và từng nguồn; nói rõ cần làm gì.",
    ),
    Door(
        "units",
        "units",
        "Gợi ý các dòng cho tables/units.csv từ những đơn vị gặp trong tệp và sổ.",
    ),
    Door("run", "run", "Đối soát ngay: đọc các nguồn, ghép, xét, viết báo cáo."),
    Door("import", "import_", "Nạp sổ giấy ngay (không chạy đối soát), hoặc xem trước."),
    Door("books", "books", "Sổ đã nhập đủ: khai báo, xem số còn thiếu, rút lại."),
    Door("report", "report", "Viết báo cáo từ dữ liệu đã lưu, không đọc lại nguồn."),
    Door(
        "serve",
        "serve",
        "Chạy dịch vụ nền: làm việc theo lịch và theo yêu cầu, cho đến khi được bảo dừng.",
    ),
    Door("cancel", "cancel", "Hủy một lượt đã giao cho dịch vụ nền (run --queue)."),
    Door(
        "console",
        "console",
        "Chạy riêng trang điều hành, cho đến khi được bảo dừng (doisoat serve đã gồm trang này).",
    ),
    Door("user", "user", "Người dùng trang điều hành: tạo, xem, cho nghỉ, cấp lại mật khẩu."),
    Door(
        "status",
        "status",
        "Các nguồn, lượt đang chạy, hàng đợi, thư, sao lưu, sức khỏe dịch vụ; cần làm gì.",
    ),
    Door(
        "find", "find", "Gõ mã hồ sơ hoặc họ tên: hồ sơ lệch ở đâu, trên phần mềm nào, phải làm gì."
    ),
    Door(
        "why",
        "why",
        "Vì sao không? Từng loại lệch: điều kiện đầu tiên chưa đạt, và điều gì sẽ làm đổi.",
    ),
    Door("findings", "findings", "Hồ sơ chưa khớp: xem, nhận việc, tạm gác."),
    Door("review", "review", "Cặp nghi ngờ: dòng sổ và hồ sơ có thể là một, cần người xác nhận."),
    Door(
        "periods",
        "periods",
        "Kỳ báo cáo: chốt số liệu, lập đính chính có số, xem hồ sơ nào làm số liệu khác đi.",
    ),
    Door(
        "sources",
        "sources",
        "Nguồn dữ liệu: xem, nhận lại dữ liệu khi đổi tên nguồn, ghi nhận nguồn đã bỏ.",
    ),
    Door(
        "sample",
        "sample",
        "Kiểm tra chọn mẫu: số liệu đã chốt đúng đến đâu, với rủi ro được nêu rõ.",
    ),
    Door("alerts", "alerts", "Thư cho thủ trưởng đơn vị và bộ phận công nghệ thông tin."),
    Door(
        "db", "db", "Cơ sở dữ liệu: nâng cấp, kiểm tra, sao lưu, khôi phục, dọn theo thời hạn lưu."
    ),
)

CRASH_LINES = 6  # of the way to the error


@click.group(
    name="doisoat",
    cls=LazyGroup,
    doors=COMMANDS,
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
    from worker import logs

    logs.configure("INFO" if verbose else "WARNING")


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
    except Exception as error:
        # Protects whoever reads the exit code: 1 means "done, discrepancies are open".
        _explain(error)
        sys.exit(COULD_NOT_RUN)


def _explain(error: Exception) -> None:
    """What went wrong and what to do."""
    from worker.desk import failures

    lines = failures.explained(error)
    if not lines:
        _tell_of_crash(failures.unforeseen(error), error)
    elif len(lines) > 1:
        say(f"[bold red]{lines[0]}[/]")
        lines = lines[1:]
    for line in lines:
        say(line, markup=False)


def _tell_of_crash(first: str, error: Exception) -> None:
    """Where it happened, without the values: they may be people's."""
    say(first, markup=False)
    for frame in traceback.extract_tb(error.__traceback__)[-CRASH_LINES:]:
        say(f"  {frame.filename}:{frame.lineno} {frame.name}", markup=False)
    say(
        "Dữ liệu đã lưu giữ nguyên. Xem nhật ký quanh giờ này, gửi các dòng trên cho người hỗ trợ; "
        "kiểm tra máy: doisoat check",
        markup=False,
    )
