"""The first folder of an office: configuration, tables, inbox folders, register templates."""

from __future__ import annotations

from pathlib import Path

from config import templates

EXAMPLE = Path(__file__).parent / "doisoat.example.toml"
TABLES = Path(__file__).parent / "tables"
INBOXES = ("inbox/motcua", "inbox/cong", "inbox/so-giay")
REGISTERS = "mau-so"
_SECRETS = "secrets"


def write(folder: Path) -> list[Path]:
    """Write what is not there yet and return it; nothing that exists is touched."""
    written: list[Path] = []
    for name in (*INBOXES, "tables", REGISTERS, _SECRETS):
        place = folder / name
        if not place.exists():
            place.mkdir(parents=True, mode=0o700 if name == _SECRETS else 0o777)
            written.append(place)
    _copy(EXAMPLE, folder / "doisoat.toml", written, encoding="utf-8")
    for table in sorted(TABLES.glob("*.csv")):
        # With the mark at its start Excel reads the accents right.
        _copy(table, folder / "tables" / table.name, written, encoding="utf-8-sig")
    for name, template in templates.TEMPLATES.items():
        target = folder / REGISTERS / name
        if not target.exists():
            templates.write(template, target)
            written.append(target)
    return written


def _copy(source: Path, target: Path, written: list[Path], encoding: str) -> None:
    text = source.read_text("utf-8")
    try:
        with target.open("x", encoding=encoding, newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return
    written.append(target)
