"""The demonstration: a district polled over HTTP, its paper read, and the story told true."""

import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from tests.simulators import district, serving, world
from tests.simulators.dossiers import Story
from tests.simulators.dvcqg import Portal
from tests.simulators.igate import Igate
from worker.cli import doisoat

ROOT = Path(__file__).parent.parent.parent
SEED, SIZE = 11, 300
STUCK = (Story.STUCK, Story.STUCK_LATE, Story.WAITING, Story.NOT_ACCEPTED, Story.ENDED_BEFORE)


def run(config: Path) -> tuple[int, dict[str, Any]]:
    command = ["run", "--config", str(config), "--period", "2024-Q1", "--json"]
    ran = CliRunner().invoke(doisoat, command, catch_exceptions=False)
    return ran.exit_code, json.loads(ran.stdout)


def lines(folder: Path, told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    path = folder / "data/reports" / told["id"] / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_polled_district_is_what_its_truth_says(tmp_path: Path):
    """Exit 3 and nothing said of the commune whose file is cut; all of it once it is repaired."""
    invented = world.invent(Random(SEED), SIZE)
    one_stop = Igate(rows=serving.rows(invented))
    portal = Portal(copies=serving.copies(invented))
    with one_stop, portal:
        systems = district.Systems(one_stop.url, portal.url)
        truth = district.build(tmp_path, SEED, SIZE, systems)
        assert truth.dossiers == invented
        code, cut = run(truth.config)
        assert code == 3
        assert truth.cut_file in cut["sources"]["so-giay"]["error"]
        truth.repair()
        code, whole = run(truth.config)
        assert code == 0
    assert one_stop.writes() == portal.writes() == []
    listed = {one.code for one in invented if one.in_one_stop}
    assert set(one_stop.served()) == listed
    found = [
        {
            one["codes"]["one_stop"]
            for one in lines(tmp_path, told, "findings.jsonl")
            if one["kind"] == "RETURNED_STILL_PENDING" and "one_stop" in one["codes"]
        }
        for told in (cut, whole)
    ]
    units = {one.code: one.unit for one in invented}
    stuck = {one.code for one in truth.told(*STUCK) if one.code}
    assert not [code for code in found[0] if units[code] == truth.cut_unit]
    assert any(units[code] == truth.cut_unit for code in found[1])
    assert stuck <= found[1]  # those of the namesakes and twins too: their rows bear codes
    # Nobody is linked to another's dossier, twins and namesakes included.
    rows = {(one.file, one.sheet, one.row): one.dossier for one in truth.rows}
    said = {one.code or one.national_code: one.national_code for one in invented}
    linked = [
        (rows[link["register"]["file"], link["register"]["sheet"], link["register"]["row"]], link)
        for link in lines(tmp_path, whole, "links.jsonl")
        if link["decision"] == "auto"
    ]
    assert len(linked) > SIZE / 2
    wrong = [true for true, link in linked if link["dossier"]["code"] not in (true, said.get(true))]
    assert wrong == []


@pytest.mark.slow
def test_the_demo_runs_and_leaves_nothing_running(tmp_path: Path):
    """As ``make demo`` runs it: two systems in a process of their own, a report, all shut down."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.simulators.demo"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout + ran.stderr
    assert "CHƯA ĐỌC ĐỦ" in told
    assert "an-khe.xlsx" in told
    assert "Đã trả kết quả nhưng phần mềm chưa kết thúc" in told
    reports = [Path(one) for one in re.findall(r"Báo cáo: (\S+\.xlsx)", told)]
    assert len(reports) == 2
    assert all(one.is_file() for one in reports)
    addresses = re.findall(r"http://127\.0\.0\.1:\d+", told)
    assert len(addresses) == 2
    for address in addresses:
        closed = http.client.HTTPConnection(urlsplit(address).netloc, timeout=3)
        with pytest.raises(OSError):
            closed.request("GET", "/")
