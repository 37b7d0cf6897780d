"""A register that was typed to please shows by itself wherever its figures are read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulators import undeclared
from tests.simulators.dossiers import COMMUNES
from tests.worker.console.served import Served, serving
from tests.worker.office import Office, Report
from worker.desk.actor import OfficeRole


@pytest.fixture(scope="module")
def cheated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office whose only register is made up: each dossier returned on its due day."""
    truth = undeclared.build(tmp_path_factory.mktemp("cheated") / "huyen", size=200)
    undeclared.falsify(truth)
    out = str(truth.folder / "out")
    Office(truth.folder).command("run", "--period", "2024-Q1", "--out", out)
    with serving(truth.folder) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/tong-quan", OfficeRole.APPROVER),
        ("/bao-cao?ky=2024-Q1", OfficeRole.APPROVER),
        ("/soi-xet", OfficeRole.INSPECTOR),
    ],
)
def test_the_signs_show_without_being_asked_for(
    cheated: Served, path: str, role: OfficeRole
) -> None:
    page = cheated.client(role).get(path).text
    assert "Dấu hiệu cần kiểm tra" in page
    assert "Ngày trả trên sổ trùng đúng ngày hẹn" in page


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/tong-quan", OfficeRole.APPROVER),
        ("/bao-cao?ky=2024-Q1", OfficeRole.APPROVER),
        ("/soi-xet?ky=2024-Q1", OfficeRole.INSPECTOR),
    ],
)
def test_a_commune_of_a_few_rows_shows_them_for_what_they_are(
    cheated: Served, path: str, role: OfficeRole
) -> None:
    """Too few to be a sign, and told as such, on the commune's own pages."""
    signs = [one for one in Report(cheated.folder / "out").run["signs"] if one["unit"]]
    few = min((one for one in signs if one["sign"] == "few_alike"), key=lambda one: one["of"])
    unit = next(code for code, name, *_ in COMMUNES if few["unit"] in (code, name))
    page = cheated.client(role, [unit]).get(path).text
    assert "Chỉ vài dòng sổ, dòng nào cũng trả đúng ngày hẹn" in page
    assert f"{few['count']}/{few['of']} dòng" in page


def test_a_period_that_was_reconciled_is_offered_and_opened_first(cheated: Served) -> None:
    inspector = cheated.client(OfficeRole.INSPECTOR)
    assert "Soi xét kỳ 2024-Q1" in inspector.get("/soi-xet").text
    assert "đã đối soát, chưa chốt" in inspector.get("/bao-cao").text
