"""Only configured sources count; a renamed one is noticed, and takes its data along."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker import office
from tests.worker.making import NOW
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.cli.options import on_behalf
from worker.desk.discrepancies import known_of
from worker.store.learned import LearnedColumn

COUNT = 12


@pytest.fixture
def place(tmp_path: Path, either_database: str) -> Office:
    """An office after its first run, in which somebody did something of every kind."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = make(folder)
    pending = dossiers(COUNT)
    write(folder / "inbox/motcua/a.xlsx", EXPORT, pending)
    write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(pending[:8]))
    made.run("--period", "2024-01")
    return made


def renamed(place: Office, old: str, new: str) -> None:
    config = place.config.read_text("utf-8").replace(f'name = "{old}"', f'name = "{new}"')
    place.config.write_text(config, "utf-8")


def said(place: Office, *words: str, code: int = 0) -> str:
    result = place.command(*words)
    assert result.exit_code == code, result.output
    return result.output


def received(report: office.Report) -> int:
    return int(report.statistics["all"]["recorded"]["received"]["total"])


def plain(report: office.Report, name: str, old: str = "mot-cua") -> str:
    """A machine's file, whatever the source is called."""
    return (report.folder / name).read_text("utf-8").replace(old, "motcua")


def test_a_source_that_was_renamed_in_the_configuration_counts_nothing_twice(place: Office):
    before = place.run("--period", "2024-01")
    renamed(place, "motcua", "mot-cua")
    for command in (("run", "--period", "2024-01"), ("status",)):
        told = said(place, *command)
        assert f"Nguồn “motcua” có {COUNT} hồ sơ, không còn trong cấu hình" in told
        assert "doisoat sources rename motcua mot-cua" in told
    told = said(place, "check", "--offline", code=2)
    assert "không còn trong cấu hình" in told
    after = place.run("--period", "2024-01")
    assert received(after) == received(before) == COUNT
    assert len(after.findings) == len(before.findings) > 0
    house = place.house()
    assert len(house.store.decisions.discrepancies()) == len(before.findings)
    assert {claim.source for claim in house.store.readings.claims()} == {"mot-cua", "so-giay"}


def test_a_rename_takes_everything_along_and_is_undone_the_same_way(place: Office):
    before = place.run("--period", "2024-01")
    one = next(
        found["id"] for found in before.findings if found["kind"] == "RETURNED_STILL_PENDING"
    )
    said(place, "findings", "ack", one, "--by", "chị Hoa")
    said(place, "periods", "freeze", "2024-01", "--reason", "BC 45", "--yes")
    column = LearnedColumn("motcua", "", "ngay ra to", "returned_on", "Ngày ra tờ", "chị Hoa", NOW)
    place.house().store.learned.learn(column)
    first = place.house().store
    steps, frozen = first.decisions.changes(), first.periods.all()
    first_read = {claim.own_code: claim.read_on for claim in first.readings.claims()}

    renamed(place, "motcua", "mot-cua")
    told = said(place, "sources", "rename", "motcua", "mot-cua", "--reason", "đổi tên")
    assert "Đã chuyển" in told
    assert "không còn trong cấu hình" not in said(place, "status")
    moved = place.house().store
    ids = [one.id for one in moved.decisions.discrepancies()]
    assert sorted(ids) == sorted(one.row.id for one in known_of(moved, ids).values())
    after = place.run("--period", "2024-01")
    for name in ("links.jsonl", "rejected.jsonl"):
        assert plain(after, name) == plain(before, name), name
    assert len(after.findings) == len(before.findings)
    assert received(after) == received(before)
    store = place.house().store
    assert store.upkeep.verify() == []
    assert len(store.decisions.discrepancies()) == len({step.id for step in steps})
    acknowledged = [step for step in store.decisions.changes() if step.by == on_behalf("chị Hoa")]
    assert [step.discrepancy.anchor.split(":")[0] for step in acknowledged] == ["mot-cua"]
    assert {claim.own_code: claim.read_on for claim in store.readings.claims()} == first_read
    assert "không khác" in said(place, "periods", "show", "2024-01")
    assert store.learned.all() == [replace(column, source="mot-cua")]
    assert [act.act for act in store.audit.acts()][-1] == "source.renamed"

    renamed(place, "mot-cua", "motcua")
    said(place, "sources", "rename", "mot-cua", "motcua")
    again = place.run("--period", "2024-01")
    for name in ("links.jsonl", "statistics.json"):
        assert (again.folder / name).read_bytes() == (before.folder / name).read_bytes(), name
    store = place.house().store
    assert store.upkeep.verify() == []
    assert [step.id for step in store.decisions.changes()][: len(steps)] == [
        step.id for step in steps
    ]
    assert store.periods.all() == frozen
    assert store.learned.all() == [column]
    assert [found["id"] for found in again.findings] == [found["id"] for found in before.findings]


def test_a_run_between_the_two_loses_no_history(place: Office):
    """The service ran at night under the new name; the rename is told of in the morning."""
    before = place.house().store.decisions.changes()
    renamed(place, "motcua", "mot-cua")
    place.run("--period", "2024-01")
    said(place, "sources", "rename", "motcua", "mot-cua")
    report = place.run("--period", "2024-01")
    store = place.house().store
    assert received(report) == COUNT
    assert store.upkeep.verify() == []
    assert len(store.decisions.discrepancies()) == len({step.id for step in before})
    assert [step.at for step in store.decisions.changes()][: len(before)] == [
        step.at for step in before
    ]


def test_what_a_person_did_under_the_new_name_is_kept(place: Office):
    renamed(place, "motcua", "mot-cua")
    night = place.run("--period", "2024-01")
    one = night.findings[0]["id"]
    said(place, "findings", "ack", one, "--by", "chị Hoa")
    said(place, "sources", "rename", "motcua", "mot-cua")
    store = place.house().store
    assert [found.by for found in store.decisions.discrepancies() if found.id == one] == [
        on_behalf("chị Hoa")
    ]
    assert store.upkeep.verify() == []


def test_a_published_list_keeps_its_hash(place: Office):
    """A check names dossiers by their keys, and its hash was told: the source stays what it is."""
    said(place, "periods", "freeze", "2024-01", "--reason", "BC 45", "--yes")
    said(place, "sample", "plan", "2024-01", "--margin", "20")
    before = place.house().store.periods.all()
    renamed(place, "motcua", "mot-cua")
    refused = place.command("sources", "rename", "motcua", "mot-cua")
    assert refused.exit_code == 2
    assert "2024-01 đã công bố mã băm" in refused.output
    assert place.house().store.periods.all() == before
    renamed(place, "mot-cua", "motcua")
    said(place, "sample", "seed", "2024-01", "1" * 20, "--witness", "bà Tư")


def test_what_was_put_aside_under_both_names_is_kept(place: Office):
    """Another file was laid over a.xlsx, once under each name: both old ones go on counting."""
    file = place.folder / "inbox/motcua/a.xlsx"
    write(file, EXPORT, dossiers(COUNT + 8)[COUNT:])
    place.run("--period", "2024-01")
    renamed(place, "motcua", "mot-cua")
    place.run("--period", "2024-01")
    write(file, EXPORT, dossiers(COUNT + 16)[COUNT + 8 :])
    place.run("--period", "2024-01")
    said(place, "sources", "rename", "motcua", "mot-cua")
    store = place.house().store
    assert store.upkeep.verify() == []
    paths = [one.path for one in store.readings.files("mot-cua")]
    assert len([path for path in paths if "bản cũ" in path]) == 2, paths


def test_a_register_may_be_renamed_too(place: Office):
    before = place.run("--period", "2024-01")
    said(place, "books", "declare", "--until", "31/01/2024", "--by", "công chức hộ tịch")
    renamed(place, "so-giay", "so")
    said(place, "sources", "rename", "so-giay", "so")
    after = place.run("--period", "2024-01")
    assert [link["dossier"] for link in after.links] == [link["dossier"] for link in before.links]
    store = place.house().store
    assert [book.source for book in store.books.all()] == ["so"]
    assert store.upkeep.verify() == []


def test_a_source_that_was_removed_does_not_count_and_is_asked_about(place: Office):
    config = place.config.read_text("utf-8")
    place.config.write_text(config[: config.rindex("[[sources]]")], "utf-8")
    report = place.run("--period", "2024-01")
    assert report.links == []
    assert "Nguồn “so-giay” có 8 hồ sơ" in said(place, "status")
    said(place, "sources", "retire", "so-giay", "--reason", "không dùng sổ nữa")
    assert "so-giay" not in said(place, "status")
    listed = json.loads(said(place, "sources", "list", "--json"))
    assert {one["name"]: (one["configured"], one["retired"]) for one in listed} == {
        "motcua": (True, False), "so-giay": (False, True)
    }  # fmt: skip
    said(place, "sources", "restore", "so-giay")
    assert "so-giay" in said(place, "status")
    place.config.write_text(config, "utf-8")
    assert len(place.run("--period", "2024-01").links) == 8
    acts = [act.act for act in place.house().store.audit.acts()]
    assert acts[-2:] == ["source.retired", "source.restored"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rename", "motcua", "so-giay"), "còn trong cấu hình"),
        (("retire", "motcua", "--reason", "x"), "còn trong cấu hình"),
        (("rename", "khong-co", "motcua"), "không có dữ liệu"),
        (("restore", "motcua"), "không được ghi là đã bỏ"),
    ],
)
def test_what_makes_no_sense_is_refused(place: Office, words: tuple[str, ...], told: str):
    assert told in place.command("sources", *words).output


def test_a_source_of_another_role_is_not_the_same(place: Office):
    renamed(place, "motcua", "mot-cua")
    refused = place.command("sources", "rename", "motcua", "so-giay")
    assert "không phải một nguồn" in refused.output
