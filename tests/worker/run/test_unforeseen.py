"""What nobody foresaw ends one source; what a clerk wrote unreadably is never taken for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.files.export import ExportConnector
from tests.connectors.books import (
    EXPORT_HEADER,
    EXPORT_ROW,
    TRACKING_HEADER,
    TRACKING_ROW,
    write_xlsx,
)
from worker import cli
from worker.cli import doisoat

CONFIG = """
[office]
name = "UBND huyện thử"
[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/motcua/*.xlsx"
[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*.xlsx"
complete_to = { until = 2024-03-31, by = "Công chức hộ tịch", unit = "Xã Tân Hà" }
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    for name in ("motcua", "so-giay"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    (tmp_path / "doisoat.toml").write_text(CONFIG, "utf-8")
    exported = [[*EXPORT_ROW], [*EXPORT_ROW]]
    exported[1][1] = "H11.01-240102-0002"
    write_xlsx(tmp_path / "inbox/motcua/ds.xlsx", {"DS": [EXPORT_HEADER, *exported]})
    return tmp_path


def booked(office: Path, **changes: Any) -> None:
    """Both dossiers stand in the book; the first with these cells."""
    first = dict(zip(TRACKING_HEADER, TRACKING_ROW, strict=True)) | {
        "Trả kết quả": "", "Ký nhận": ""
    }  # fmt: skip
    second = first | {"Mã hồ sơ": "H11.01-240102-0002"}
    rows = [[*(first | changes).values()], [*second.values()]]
    sheet = [["UBND XÃ TÂN HÀ"], TRACKING_HEADER, *rows]
    write_xlsx(office / "inbox/so-giay/so.xlsx", {"DS": sheet})


def run(office: Path, code: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    asked = ["run", "--config", f"{office}/doisoat.toml", "--as-of", "2024-03-31", "--json"]
    result = CliRunner().invoke(doisoat, [*asked, "--out", f"{office}/out"])
    assert result.exit_code == code, result.output
    lines = (office / "out/findings.jsonl").read_text("utf-8").splitlines()
    return json.loads(result.stdout), [json.loads(line) for line in lines], result.stderr


def found(office: Path, **changes: Any) -> dict[str, str]:
    booked(office, **changes)
    return {one["codes"]["one_stop"]: one["kind"] for one in run(office)[1]}


FIRST, SECOND = "H11.01-240102-0001", "H11.01-240102-0002"


@pytest.mark.parametrize("said", ["09/1", "#N/A", "trả lại 09/01/2024"])
def test_a_row_with_an_unread_day_is_not_judged(office: Path, said: str) -> None:
    assert found(office, **{"Trả kết quả": said}) == {SECOND: "TRULY_OVERDUE"}


@pytest.mark.parametrize("said", ["Chưa đến nhận", "☐", "……", "vắng", "hẹn 20/01", "đang xử lý"])
def test_a_cell_that_says_not_yet_proves_nothing(office: Path, said: str) -> None:
    assert set(found(office, **{"Ký nhận": said}).values()) == {"TRULY_OVERDUE"}


def test_a_bug_in_one_source_ends_that_one_alone(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(office, **{"Trả kết quả": "03/01/2024"})

    def broken(*_asked: object) -> None:
        raise ZeroDivisionError("Lê Văn Mẫu")

    monkeypatch.setattr(ExportConnector, "fetch", broken)
    told, _, said = run(office, code=3)
    assert told["sources"]["so-giay"]["complete"]
    assert not told["sources"]["motcua"]["complete"]
    assert (
        "ZeroDivisionError ở tests/worker/run/test_unforeseen.py"
        in told["sources"]["motcua"]["error"]
    )
    assert "Lê Văn Mẫu" not in said
    status = CliRunner().invoke(doisoat, ["status", "--config", f"{office}/doisoat.toml"])
    assert "ZeroDivisionError" in status.output


def test_a_table_that_only_its_ending_keeps_out_is_named(office: Path) -> None:
    booked(office, **{"Trả kết quả": "03/01/2024"})
    (office / "inbox/so-giay/so-2.csv").write_text("a,b\n", "utf-8")
    asked = ["check", "--config", f"{office}/doisoat.toml"]
    checked = CliRunner().invoke(doisoat, asked, env={"COLUMNS": "400"})
    assert "1 tệp nằm cạnh không khớp" in checked.output
    assert "so-2.csv" in checked.output
    told, _, _ = run(office, code=3)
    assert "so-2.csv" in told["sources"]["so-giay"]["error"]
    assert "so-2.csv" in (office / "out/doi-soat.html").read_text("utf-8")


def test_a_crash_exits_2_and_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_asked: object) -> None:
        raise ZeroDivisionError("Lê Văn Mẫu")

    monkeypatch.setattr(cli, "doisoat", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "ZeroDivisionError ở tests/worker/run/test_unforeseen.py" in said
    assert "doisoat check" in said
    assert "Lê Văn Mẫu" not in said
