"""``doisoat user``: accounts from the command line, as IT makes the first ones."""

from __future__ import annotations

from pathlib import Path

from tests.worker.office import make
from worker.desk import accounts

UNITS = "code,name,parent\n100,Huyện Thử,\n101,Xã Sông Trà,100\n"


def test_a_person_gets_a_link_leaves_and_comes_back(tmp_path: Path):
    office = make(tmp_path / "co-quan")
    (office.folder / "tables").mkdir()
    (office.folder / "tables/units.csv").write_text(UNITS, "utf-8")
    made = office.command(
        *("user", "add", "lan.nt", "--full-name", "Ngô Thị Lan", "--role", "officer"),
        *("--unit", "xã sông trà"),
    )
    assert made.exit_code == 0, made.output
    link = made.stdout.strip()
    assert link.startswith("http://127.0.0.1:8068/mo-tai-khoan?ma=")
    house = office.house()
    actor_token = accounts.accept(house, link.partition("ma=")[2], "ba con voi uong tra").token
    actor = accounts.actor_of(house, actor_token)
    assert actor
    assert (actor.who, actor.units) == ("Ngô Thị Lan (lan.nt)", frozenset({"101"}))
    assert "đang đăng nhập 1 nơi" in office.command("user", "list").stdout

    assert office.command("user", "disable", "lan.nt").exit_code == 0
    assert accounts.actor_of(house, actor_token) is None
    assert "đã nghỉ" in office.command("user", "list").stdout
    assert office.command("user", "passwd", "lan.nt").exit_code == 2
    assert office.command("user", "enable", "lan.nt").exit_code == 0
    assert "mo-tai-khoan" in office.command("user", "passwd", "lan.nt").stdout


def test_what_cannot_be_is_said(tmp_path: Path):
    office = make(tmp_path / "co-quan")
    add = ("user", "add", "quan.tri", "--full-name", "Người Quản Trị", "--role")
    assert office.command(*add, "king").exit_code == 2
    assert "units.csv" in office.command(*add, "admin", "--unit", "Xã Không Có").stderr
    assert office.command(*add, "admin").exit_code == 0
    assert "Đã có tài khoản" in office.command(*add, "admin").stderr
    assert "cuối cùng" in office.command("user", "disable", "quan.tri").stderr
    assert "Không có tài khoản" in office.command("user", "disable", "ai.do").stderr
    assert (
        "chữ thường"
        in office.command(
            "user", "add", "Lan Nt", "--full-name", "Ngô Thị Lan", "--role", "viewer"
        ).stderr
    )
