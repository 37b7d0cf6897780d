"""The page of a dossier, where its words need no console."""

from pathlib import Path

import pytest

from tests.worker.office import EXPORT, REGISTER, dossiers, entries, make, write
from worker.desk import dossier_view
from worker.desk.actor import at_the_shell

pytestmark = pytest.mark.usefixtures("either_database")


@pytest.mark.parametrize(
    ("due", "shown", "computed"), [("", None, "2024-01-10"), ("15/01/2024", "2024-01-15", None)]
)
def test_a_due_date_is_computed_only_where_no_receipt_names_one(
    tmp_path: Path, due: str, shown: str | None, computed: str | None
) -> None:
    office = make(tmp_path)
    (one,) = dossiers(1, **{"Ngày tiếp nhận": "10/01/2024", "Ngày hẹn trả": due})
    other = dossiers(2)[1]
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, [one, other])
    write(tmp_path / "inbox/so-giay/a.xlsx", REGISTER, entries([other]))
    office.run("--period", "2024-01")
    house, who = office.house(), at_the_shell("an")
    view = dossier_view.view(house, who, dossier_view.by_code(house, who, one["Mã hồ sơ"]))
    days = (view.due_on, view.computed_due_on)
    assert tuple(day and day.isoformat() for day in days) == (shown, computed)
