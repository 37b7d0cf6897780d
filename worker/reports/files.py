"""Writes the files of a run: each is there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from worker.reports.contents import Contents
from worker.reports.packing import Packed, pieces

FORMATS = ("xlsx", "html", "docx", "json")
WORKBOOK = "doi-soat.xlsx"
PAGE = "doi-soat.html"
TO_SIGN = "trinh-ky.docx"
NOTE = "giai-trinh.docx"
RUN = "run.json"


def write(contents: Contents, folder: Path, formats: Collection[str] = FORMATS) -> dict[str, str]:
    """Write the chosen files into ``folder`` and tell the sha256 of each by its name.

    ``run.json`` is written last, for it names the others; it goes with the format ``json``.
    Of a period that was not read in full there is no document to sign; one that lies there from
    an earlier run goes.

    Raises OSError where the folder cannot be written; files that were there stay whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, str] = {}
    if "json" in formats:
        for name, packed in contents.files.items():
            written[name] = replace(folder / name, partial(_unpack, packed))
    if "xlsx" in formats:
        from worker.reports.draw_xlsx import draw

        written[WORKBOOK] = replace(folder / WORKBOOK, lambda file: draw(contents, file))
    if "html" in formats:
        from worker.reports.draw_html import render

        page = render(contents).encode()
        written[PAGE] = replace(folder / PAGE, lambda file: file.write(page))
    if "docx" in formats and contents.page.signable:
        from worker.reports.draw_docx import explain, sign

        written[TO_SIGN] = replace(folder / TO_SIGN, lambda file: sign(contents, file))
        written[NOTE] = replace(folder / NOTE, lambda file: explain(contents, file))
    elif "docx" in formats:
        for name in (TO_SIGN, NOTE):
            (folder / name).unlink(missing_ok=True)
    if "json" in formats:
        record = run_json(contents, written)
        written[RUN] = replace(folder / RUN, lambda file: file.write(record))
    return dict(sorted(written.items()))


def run_json(contents: Contents, paths: dict[str, str]) -> bytes:
    """run.json: the one file with a clock in it, and the sha256 of the files beside it."""
    fields = msgspec.to_builtins(contents.run)
    fields["paths"] = {name: paths[name] for name in sorted(paths) if name != RUN}
    return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"


def replace(path: Path, fill: Callable[[BinaryIO], object]) -> str:
    """Fill a new file beside ``path``, flush it to the disk, put it in the place of the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        Path(name).chmod(0o640)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return digest


def _sync_folder(folder: Path) -> None:
    """The new name survives a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unpack(packed: Packed, file: BinaryIO) -> None:
    for piece in pieces(packed):
        file.write(piece)
