"""The machine-readable files of a run, and how files are put in their place."""

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest

from reconcile.claims import Place
from tests.worker.reports_sample import sample_facts
from worker.reports import build, pack, unpack, write
from worker.reports.files import replace as put

FINDING_KEYS = [
    "id", "kind", "unit", "procedure", "open_in", "codes", "recorded", "register", "proof",
    "received_on", "due_on", "returned_on", "registered_on", "late", "days_open", "link", "state",
    "first_seen", "remedy",
]  # fmt: skip
MACHINE = {"findings.jsonl", "links.jsonl", "statistics.json", "rejected.jsonl", "run.json"}
DOCUMENTS = {"doi-soat.xlsx", "doi-soat.html", "trinh-ky.docx", "giai-trinh.docx"}


@pytest.fixture(scope="module")
def facts():
    return sample_facts(60)


@pytest.fixture(scope="module")
def contents(facts):
    return build(facts)


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_findings_have_the_contract_s_keys_in_its_order_and_are_sorted(contents, tmp_path):
    write(contents, tmp_path, ("json",))
    found = lines(tmp_path / "findings.jsonl")
    assert len(found) == 60
    assert all(list(one)[: len(FINDING_KEYS)] == FINDING_KEYS for one in found)
    order = [(one["unit"], one["kind"], one["id"]) for one in found]
    assert order == sorted(order)
    one = next(line for line in found if line["proof"])
    assert one["recorded"]["one_stop"] == {
        "status": 4,
        "raw": "Đang xử lý",
        "read_at": "2024-04-01",
    }
    assert set(one["register"][0]) == {"file", "sheet", "row"}
    assert set(one["link"]) == {"method", "probability"}


def test_read_at_is_the_day_of_judgement_where_one_was_given(facts, tmp_path):
    given = replace(facts, scope=replace(facts.scope, as_of_given=True))
    write(build(given), tmp_path, ("json",))
    read = {one["recorded"]["one_stop"]["read_at"] for one in lines(tmp_path / "findings.jsonl")}
    assert read == {"2024-03-31"}


def test_links_have_a_line_for_each_place_and_four_decimals(facts, tmp_path):
    link = facts.links[0]
    row = facts.claims[link.row]
    twice = replace(row, places=(*row.places, Place("inbox/so-giay/a.xlsx", "Sheet2", 3)))
    write(build(replace(facts, claims={**facts.claims, row.key: twice})), tmp_path, ("json",))
    found = lines(tmp_path / "links.jsonl")
    assert len(found) == len(facts.links) + 1
    order = [
        (one["register"]["file"], one["register"]["sheet"], one["register"]["row"]) for one in found
    ]
    assert order == sorted(order)
    review = next(one for one in found if one["decision"] == "review")
    assert review["probability"] == 0.4124
    assert set(review["rival"]) == {"code", "probability"}
    assert set(review["reasons"][0]) == {"field", "level", "weight"}
    assert review["dossier"]["source"] == "motcua"


def test_statistics_are_those_of_the_core(facts, contents, tmp_path):
    write(contents, tmp_path, ("json",))
    written = json.loads((tmp_path / "statistics.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(facts.statistics.as_json()))
    assert list(written) == list(facts.statistics.as_json())


def test_rejected_rows_hold_no_value_and_tell_whether_the_row_counts(contents, tmp_path):
    write(contents, tmp_path, ("json",))
    found = lines(tmp_path / "rejected.jsonl")
    assert [set(one) for one in found] == [{"file", "sheet", "row", "column", "reason", "kept"}] * 2
    assert [one["kept"] for one in found] == [False, True]


def test_the_run_names_each_file_with_its_sum(contents, tmp_path):
    written = write(contents, tmp_path)
    assert set(written) == MACHINE | DOCUMENTS
    for name, digest in written.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert run["paths"] == {name: written[name] for name in sorted(written) if name != "run.json"}
    assert run["exit_code"] == 3
    assert run["sources"]["dvcqg"]["complete"] is False
    assert run["sources"]["dvcqg"]["error"]
    assert run["sources"]["motcua"]["covers"] == {"from": "2024-01-01", "to": "2024-03-31"}
    assert sum(run["counts"].values()) == 60
    assert run["undetermined_overdue"] == 12


def test_only_the_run_holds_a_clock(facts, contents, tmp_path):
    later = replace(
        facts,
        run_id="another",
        started=facts.started.replace(year=2030),
        finished=facts.finished.replace(year=2030),
    )
    first = write(contents, tmp_path / "a", ("json",))
    second = write(build(later), tmp_path / "b", ("json",))
    assert {name for name in first if first[name] != second[name]} == {"run.json"}


def test_a_past_run_is_written_again_byte_for_byte(contents, tmp_path):
    first = write(contents, tmp_path / "a")
    again = write(unpack(pack(contents)), tmp_path / "b")
    assert first == again
    assert pack(unpack(pack(contents))) == pack(contents)


def test_the_order_of_the_facts_changes_nothing(facts, contents, tmp_path):
    turned = replace(
        facts,
        findings=facts.findings[::-1],
        links=facts.links[::-1],
        rejected=facts.rejected[::-1],
        claims=dict(reversed(facts.claims.items())),
    )
    assert write(contents, tmp_path / "a") == write(build(turned), tmp_path / "b")


def test_formats_are_chosen(contents, tmp_path):
    assert set(write(contents, tmp_path / "a", ("html",))) == {"doi-soat.html"}
    assert set(write(contents, tmp_path / "b", ("json",))) == MACHINE
    assert set(write(contents, tmp_path / "c", ("xlsx",))) == {"doi-soat.xlsx"}


def test_a_write_that_breaks_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "doi-soat.html"
    put(path, lambda file: file.write(b"old"))

    def breaks(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        put(path, breaks)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_run_is_written_too(facts, tmp_path):
    empty = replace(
        sample_facts(0, silent=False),
        rejected=(),
        undetermined_overdue=(),
        undecided=(),
        not_judged=(),
    )
    written = write(build(empty), tmp_path)
    assert (tmp_path / "findings.jsonl").read_bytes() == b""
    assert "doi-soat.xlsx" in written
    page = (tmp_path / "doi-soat.html").read_text("utf-8")
    assert "Không có hồ sơ cần xử lý. Đã đối chiếu 7.127 hồ sơ với 4.261 dòng sổ" in page


def test_a_dossier_that_is_not_at_hand_keeps_its_source_and_code(facts, tmp_path):
    link = replace(facts.links[0], dossier="motcua:H11-1", rival=None)
    write(build(replace(facts, links=(link,))), tmp_path, ("json",))
    assert lines(tmp_path / "links.jsonl")[0]["dossier"] == {"source": "motcua", "code": "H11-1"}


def test_days_are_written_as_iso(contents, tmp_path):
    write(contents, tmp_path, ("json",))
    one = lines(tmp_path / "findings.jsonl")[0]
    assert date.fromisoformat(one["received_on"]) < date.fromisoformat(one["due_on"])
