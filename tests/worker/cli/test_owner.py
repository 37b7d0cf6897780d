"""Whom a source's owner (chủ hồ sơ) is: proposed by ``check``, decided in the configuration."""

from __future__ import annotations

from pathlib import Path

from tests.worker.office import EXPORT, REGISTER, dossiers, entries, make, write

OWNER = tuple("Chủ hồ sơ" if name == "Người được đăng ký" else name for name in EXPORT)


def test_check_proposes_whom_the_owner_is_until_somebody_says_it(tmp_path: Path) -> None:
    office = make(tmp_path / "office")
    known = dossiers(25)
    named = [one | {"Chủ hồ sơ": one["Người được đăng ký"]} for one in known]
    write(office.folder / "inbox/motcua/m.xlsx", OWNER, named)
    write(office.folder / "inbox/so-giay/s.xlsx", REGISTER, entries(known))
    office.run("--period", "2024-01")
    told = " ".join(office.command("check", "--offline").output.split())
    assert "cột chủ hồ sơ có vẻ ghi trẻ hoặc người chết" in told
    assert 'owner = "subject"' in told
    config = office.config.read_text("utf-8")
    said = config.replace('name = "motcua"\n', 'name = "motcua"\nowner = "subject"\n')
    assert said != config
    office.config.write_text(said, "utf-8")
    assert "chủ hồ sơ" not in office.command("check", "--offline").output
