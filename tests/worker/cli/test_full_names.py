"""Whole names in a report: only on request, with a reason, audited, and never kept."""

from __future__ import annotations

import logging
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.worker.office import EXPORT, PEOPLE, REGISTER, Office, dossiers, entries, make, write
from worker.reports import unpack
from worker.run.requests import FULL_NAMES
from worker.store import Store

pytestmark = pytest.mark.usefixtures("either_database")

NAME = PEOPLE[0]
REASON = "Đoàn kiểm tra yêu cầu, công văn số 12"


@pytest.fixture
def office(made_once) -> Office:
    def reconciled(folder: Path) -> None:
        office = make(folder)
        known = dossiers(4)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, known)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
        office.run("--as-of", "2024-02-10")

    return made_once(reconciled)


def report(office: Office, *words: str) -> str:
    result = office.command("report", "--out", str(office.folder / "full"), *words)
    assert result.exit_code == 0, result.output
    return result.output


def text_of(folder: Path) -> dict[str, str]:
    """What each file of a report says, the archives opened."""
    found = {}
    for path in sorted(folder.iterdir()):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts = [
                    archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
                ]
            found[path.name] = "".join(parts)
        else:
            found[path.name] = path.read_text("utf-8")
    return found


def test_names_are_whole_in_the_files_for_people_and_in_no_other(office: Office) -> None:
    report(office, "--full-names", "--reason", REASON)
    found = text_of(office.folder / "full")
    for name in ("doi-soat.xlsx", "doi-soat.html", "trinh-ky.docx"):
        assert NAME in found[name], name
        # Mothers in the list of doubtful pairs stay initials.
        assert "(viết tắt)" not in found[name].replace("Mẹ – theo sổ (viết tắt)", "")
    for name in ("findings.jsonl", "links.jsonl", "run.json", "rejected.jsonl", "statistics.json"):
        assert NAME not in found[name], name


def test_the_run_that_wrote_them_keeps_initials(office: Office) -> None:
    report(office, "--full-names", "--reason", REASON)
    house = office.house()
    for run in house.store.runs.newest():
        packed = house.store.runs.contents(run.id)
        assert packed is not None
        contents = unpack(packed)
        assert not contents.full_names
        assert NAME not in "".join(row.person for row in contents.work)
    newest = house.store.runs.newest()[0].id
    house.store.close()
    result = office.command("report", "--run", newest, "--out", str(office.folder / "again"))
    assert result.exit_code == 0, result.output
    assert not any(NAME in text for text in text_of(office.folder / "again").values())


def test_it_is_audited_with_who_why_and_which_run(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    report(office, "--full-names", "--reason", REASON)
    house = office.house()
    (act,) = house.store.audit.acts()
    assert (act.act, act.reason, act.object) == (
        FULL_NAMES,
        REASON,
        house.store.runs.newest()[0].id,
    )
    assert act.actor.startswith("cli:")
    house.store.close()
    assert NAME not in caplog.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--full-names",), "phải kèm --reason"),
        (("--full-names", "--reason", "  "), "phải kèm --reason"),
        (("--reason", REASON), "chỉ dùng với --full-names"),
        (("--full-names", "--reason", REASON, "--run", "x"), "chỉ giữ chữ cái đầu"),
    ],
)
def test_what_is_refused_writes_nothing(office: Office, words: tuple[str, ...], said: str) -> None:
    result = office.command("report", "--out", str(office.folder / "full"), *words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (office.folder / "full").exists()
    house = office.house()
    assert house.store.audit.acts() == []
    house.store.close()


def test_acts_are_listed_in_the_order_of_the_acts(store: Store) -> None:
    at = datetime(2024, 4, 1, 1, 30, tzinfo=UTC)
    for number in range(3):
        seq = store.audit.append(
            actor="cli:thử", act="report.full_names", object=f"run-{number}", reason="vì", at=at
        )
        assert seq == number + 1
    acts = store.audit.acts()
    assert [act.object for act in acts] == ["run-0", "run-1", "run-2"]
    assert {act.at for act in acts} == {at}
