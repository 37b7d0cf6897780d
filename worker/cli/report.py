"""``report``: the files of a past run again, or of a period from what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worker import reports
from worker.cli import scopes
from worker.cli.options import actor, house_of, period_options
from worker.cli.output import config_option, misuse, refusals, say
from worker.cli.summary import run_bar, summarise
from worker.desk import documents, run_here, runs
from worker.desk.actor import at_the_shell
from worker.desk.runs import Run
from worker.house import House


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--run", "run_id", metavar="LƯỢT", help="Viết lại báo cáo của lượt này.")
@click.option(
    "--format",
    "formats",
    default="xlsx,html,docx,json",
    show_default=True,
    metavar="DẠNG",
    help="Các dạng, cách nhau bằng dấu phẩy.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Nơi ghi báo cáo.")
@click.option(
    "--full-names", is_flag=True, help="Ghi đầy đủ họ tên; phải có --reason, được ghi nhận."
)
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao cần đầy đủ họ tên.")
@click.option(
    "--each-unit",
    is_flag=True,
    help="Chỉ ghi danh sách của từng đơn vị, mỗi đơn vị một tệp Excel và một tệp Word.",
)
@period_options
def report(
    config_file: Path,
    run_id: str | None,
    formats: str,
    out: Path | None,
    full_names: bool,
    reason: str,
    each_unit: bool,
    **asked: Any,
) -> None:
    """Viết báo cáo từ dữ liệu đã lưu, không đọc lại nguồn.

    Có --run: viết lại đúng báo cáo của lượt đó. Có kỳ: báo cáo của kỳ đó. Không ghi gì: lượt cuối.
    Lượt cũ chỉ giữ chữ cái đầu của họ tên; --full-names lập báo cáo mới từ dữ liệu đã lưu.
    """
    chosen = _formats(formats)
    in_full = _why_whole_names(reason, run_id) if full_names else ""
    if reason and not full_names:
        raise click.UsageError("--reason chỉ dùng với --full-names.")
    house = house_of(config_file)
    if each_unit:
        if in_full or any(asked.values()):
            raise click.UsageError("--each-unit dùng một mình, hoặc với --run và --out.")
        _lists(house, run_id, out)
        return
    if in_full or (run_id is None and any(asked.values())):
        scope = scopes.scope(house, **asked) if any(asked.values()) else _newest(house).scope
        who = at_the_shell(actor())
        with run_bar() as tell:
            outcome = run_here.report(
                house, who, scope, tell, out=out, formats=chosen, in_full=in_full
            )
        summarise(outcome)
        raise click.exceptions.Exit(outcome.exit_code)
    wanted = run_id or _newest(house).id
    with misuse():
        written = documents.write_again(house, at_the_shell(actor()), wanted, out, chosen)
    for path in written:
        say(f"Đã viết {path}", markup=False)


def _lists(house: House, run_id: str | None, out: Path | None) -> None:
    """The lists of every unit of a run, each with its own letterhead."""
    who = at_the_shell(actor())
    with refusals():
        wanted = run_id or runs.newest_done(house, who).id
        for path in documents.write_lists(house, who, wanted, out):
            say(f"Đã viết {path}", markup=False)


def _why_whole_names(reason: str, run_id: str | None) -> str:
    """The reason that the audit keeps."""
    if not reason.strip():
        raise click.UsageError("--full-names phải kèm --reason: vì sao cần đầy đủ họ tên.")
    if run_id is not None:
        raise click.UsageError(
            "Lượt cũ chỉ giữ chữ cái đầu của họ tên. Bỏ --run, ghi kỳ bằng --period."
        )
    return reason.strip()


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in chosen if part not in reports.FORMATS]
    if wrong or not chosen:
        raise click.UsageError(
            f"Không có dạng “{', '.join(wrong)}”; chọn trong: {', '.join(reports.FORMATS)}"
        )
    return chosen


def _newest(house: House) -> Run:
    with refusals():
        return runs.newest_done(house, at_the_shell(actor()))
