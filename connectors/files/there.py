"""The files that a pattern names, in the order of their names."""

from __future__ import annotations

import fnmatch
import glob
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path


def matching(pattern: str) -> list[Path]:
    """Files by glob. Upper and lower case are equal in the last part: ``SO.XLSX`` is ``*.xlsx``.

    Lock files (``~$…``) and hidden files are nobody's data. Links and pipes are listed: opening
    them tells what is wrong with them. Brackets are themselves where such a name is there.
    """
    wanted = _plain(pattern.rpartition(os.sep)[2])
    return [path for path in _lying_in(pattern) if _is_meant(_plain(path.name), wanted)]


def passed_over(pattern: str, others: Iterable[str]) -> list[Path]:
    """Tables that only their ending keeps from being read: ``so.csv`` beside ``*.xlsx``.

    What one of the ``others`` reads is not passed over.
    """
    wanted = Path(_plain(pattern.rpartition(os.sep)[2]))
    stem, ending = wanted.stem, wanted.suffix
    if "*" not in stem or ending not in TABLES:
        return []
    found = [
        path
        for path in _lying_in(pattern)
        if path.suffix.casefold() in TABLES - {ending}
        and fnmatch.fnmatchcase(_plain(path.stem), stem)
        and path.is_file()
    ]
    taken = {path for one in others for path in matching(one)} if found else set()
    return [path for path in found if path not in taken]


def shown(path: Path) -> str:
    """The name of a file as text; bytes that are no UTF-8 are written out: ``so\\xff.xlsx``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


#: How the names of tables end.
TABLES = frozenset((".xlsx", ".xlsm", ".xls", ".csv", ".tsv"))


def _lying_in(pattern: str) -> list[Path]:
    folders = _folders(pattern.rpartition(os.sep)[0])
    return sorted(
        path
        for one in folders
        if Path(one or os.sep).is_dir()
        for path in Path(one or os.sep).iterdir()
        if (path.is_symlink() or not path.is_dir()) and not path.name.startswith(("~$", "."))
    )


def _is_meant(name: str, wanted: str) -> bool:
    return name == wanted or fnmatch.fnmatchcase(name, wanted)


#: Where a watched inbox keeps what was taken in: ``done/<day>/<id>/<name>``.
DONE = "done"


def handed_in(inbox: Path) -> dict[str, Path]:
    """The newest file of each name that was taken in through a watched inbox."""
    found: dict[str, Path] = {}
    for path in sorted(inbox.glob(f"{DONE}/*/*/*")):
        if path.is_file() and not path.name.endswith(NOTE) and not path.is_symlink():
            found[unicodedata.normalize("NFC", shown(Path(path.name)))] = path
    return dict(sorted(found.items()))


#: The ending of the note that lies beside a file that came through the inbox.
NOTE = ".ket-qua.txt"


def _folders(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    if not glob.has_magic(pattern):
        return [pattern]
    return sorted(glob.glob(_with_real_names(pattern), recursive=True))  # noqa: PTH207


def _with_real_names(pattern: str) -> str:
    """The pattern with its brackets as they are where a folder bears just that name: "[2024]"."""
    parts = pattern.split(os.sep)  # noqa: PTH206 - a pattern, no path
    real = ""
    for at, part in enumerate(parts):
        if glob.has_magic(part):
            if not Path(f"{real}{part}").exists():
                break
            parts[at] = glob.escape(part)
        real += f"{part}{os.sep}"
    return os.sep.join(parts)  # noqa: PTH118


def _plain(name: str) -> str:
    """Names typed on another system may hold decomposed letters."""
    return unicodedata.normalize("NFC", name).casefold()
