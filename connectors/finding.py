"""The files that a pattern names, in the order of their names."""

from __future__ import annotations

import fnmatch
import glob
import os
import unicodedata
from pathlib import Path


def matching(pattern: str) -> list[Path]:
    """Files by glob. Upper and lower case are equal in the last part: ``SO.XLSX`` is ``*.xlsx``.

    Lock files (``~$…``) and hidden files are nobody's data. Links and pipes are listed: opening
    them tells what is wrong with them.
    """
    folder, _, name = pattern.rpartition(os.sep)
    wanted = _plain(name)
    folders = _folders(folder)
    return sorted(
        path
        for one in folders
        if Path(one or os.sep).is_dir()
        for path in Path(one or os.sep).iterdir()
        if fnmatch.fnmatchcase(_plain(path.name), wanted)
        and (path.is_symlink() or not path.is_dir())
        and not path.name.startswith(("~$", "."))
    )


#: Where a watched inbox keeps what was taken in: ``done/<day>/<id>/<name>``.
DONE = "done"


def handed_in(inbox: Path) -> dict[str, Path]:
    """The newest file of each name that was taken in through a watched inbox."""
    found: dict[str, Path] = {}
    for path in sorted(inbox.glob(f"{DONE}/*/*/*")):
        if path.is_file() and not path.name.endswith(NOTE) and not path.is_symlink():
            found[unicodedata.normalize("NFC", path.name)] = path
    return dict(sorted(found.items()))


#: The ending of the note that lies beside a file that came through the inbox.
NOTE = ".ket-qua.txt"


def _folders(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    return sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207


def _plain(name: str) -> str:
    """Names typed on another system may hold decomposed letters."""
    return unicodedata.normalize("NFC", name).casefold()
