"""A register that was typed to please shows by itself wherever its figures are read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulators import undeclared
from tests.worker.console.served import Served, serving
from tests.worker.office import Office
from worker.desk.actor import OfficeRole


@pytest.fixture(scope="module")
def cheated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office whose only register is made up: each dossier returned on its due day."""
    truth = undeclared.build(tmp_path_factory.mktemp("cheated") / "huyen", size=200)
    undeclared.falsify(truth)
    Office(truth.folder).command("run", "--period", "2024-Q1")
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


def test_a_period_that_was_reconciled_is_offered_and_opened_first(cheated: Served) -> None:
    inspector = cheated.client(OfficeRole.INSPECTOR)
    assert "Soi xét kỳ 2024-Q1" in inspector.get("/soi-xet").text
    assert "đã đối soát, chưa chốt" in inspector.get("/bao-cao").text
