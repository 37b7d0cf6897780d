"""``make demo-console``: the demo's district in the console, with one account a role.

The passwords are made anew each time and stand only on the screen.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from rich.console import Console

from tests.simulators.demo import FOLDER
from tests.simulators.dossiers import COMMUNES
from worker.desk import accounts, certificates
from worker.desk.actor import ROLE_LABELS, OfficeRole, at_the_shell
from worker.house import House, open_house

COMMUNE = COMMUNES[0]
#: Name, role, and whether they see one commune only.
PEOPLE = (
    ("can-bo", OfficeRole.OFFICER, True),
    ("chu-tich", OfficeRole.APPROVER, True),
    ("noi-vu", OfficeRole.APPROVER, False),
    ("xem", OfficeRole.VIEWER, True),
    ("thanh-tra", OfficeRole.INSPECTOR, False),
    ("quan-tri", OfficeRole.ADMIN, False),
)
#: Of the passwords: none that is mistaken for another.
SIGNS = "bcdghkmnprstvxz23456789"
MAKER = at_the_shell("make demo-console")


def main() -> None:
    """Make the accounts, say who they are, and become the console."""
    say = Console(highlight=False, soft_wrap=True).print
    config = Path(FOLDER) / "doisoat.toml"
    if not (Path(FOLDER) / "data").is_dir():
        sys.exit("Chưa có huyện thử: chạy make demo trước.")
    house = open_house(config, os.environ)
    say(f"\nTrang điều hành của huyện thử: {certificates.address(house.settings)}\n")
    for name, role, one_commune in PEOPLE:
        password = _welcomed(house, name, role, one_commune=one_commune)
        place = COMMUNE[1] if one_commune else "cả huyện"
        say(f"  {name:<10} {password}   {ROLE_LABELS[role]}, {place}")
    say("\nMật khẩu chỉ hiện ở đây. Dừng: Ctrl-C.\n")
    house.store.close()
    command = str(Path(sys.executable).with_name("doisoat"))
    sys.stdout.flush()
    os.execv(command, [command, "console", "--config", str(config)])


def _welcomed(house: House, name: str, role: OfficeRole, *, one_commune: bool) -> str:
    """The new password of that person, whether they were there before or not."""
    if house.store.accounts.one(name) is None:
        units = frozenset({COMMUNE[0]}) if one_commune else None
        ticket = accounts.create(house, MAKER, name, f"Người thử – {name}", role, units)
    else:
        ticket = accounts.reset(house, MAKER, name)
    password = "-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4))
    accounts.sign_out(house, accounts.accept(house, ticket, password).token)
    return password


if __name__ == "__main__":
    main()
