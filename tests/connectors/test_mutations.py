"""A hundred seeded mutations of real files: each is read or refused with a message, none hurts."""

from __future__ import annotations

import io
import random
import resource
import zipfile

import pytest

from tests.connectors.books import TRACKING_HEADER, TRACKING_ROW, Office, write_xlsx
from tests.connectors.files.test_profiles import csv, page, xml2003

ROWS = [["SỔ THEO DÕI HỒ SƠ"], TRACKING_HEADER,
        *([n, f"H11.01-240102-{n:04d}", *TRACKING_ROW[2:]] for n in range(1, 120))]  # fmt: skip
TEXTS = [[str(cell) for cell in row] for row in ROWS]
PIECES = (b"<", b">", b"&", b"\x00", b"\xff\xfe", b"</row>", b"<c r='ZZ9'", b"1e309", b"]]>", b'"')
MOST_MIB = 1024


def workbook() -> bytes:
    out = io.BytesIO()
    write_xlsx(out, {"Sổ": ROWS})
    return out.getvalue()


def mutated(rng: random.Random, content: bytes) -> bytes:
    """A few bytes changed, a piece cut out, doubled, put in, or the end lost."""
    whole = bytearray(content)
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(len(whole))
        match rng.randrange(5):
            case 0:
                whole[at] = rng.randrange(256)
            case 1:
                del whole[at : at + rng.randrange(1, 200)]
            case 2:
                whole[at:at] = whole[at : at + rng.randrange(1, 2000)]
            case 3:
                whole[at:at] = rng.choice(PIECES)
            case _ if rng.random() < 0.2:
                del whole[at:]
        if not whole:
            return b"x"
    return bytes(whole)


def inside(rng: random.Random, content: bytes) -> bytes:
    """The same of one part inside the archive, which stays a sound archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = rng.choice([name for name in old.namelist() if name.startswith("xl/")])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mutated(rng, part) if name == chosen else part)
    return out.getvalue()


KINDS = {
    "packed.xlsx": (workbook(), mutated),
    "inside.xlsx": (workbook(), inside),
    "page.xls": (page(TEXTS), mutated),
    "sheet.xls": (xml2003(TEXTS), mutated),
    "text.csv": (csv(TEXTS).encode(), mutated),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutated_file_is_read_or_refused_with_a_message(tmp_path, kind):
    office = Office(tmp_path)
    whole, change = KINDS[kind]
    rng = random.Random(f"2024-{kind}")
    for number in range(20):
        office.text(f"{number:02d}-{kind}", change(rng, whole))
    office.text(f"99-{kind}", whole)
    found = office.read()
    assert len(found) == 21
    for snapshot in found:
        assert snapshot.complete or snapshot.problem, snapshot.file
        assert snapshot.complete or snapshot.claims == ()
        for one in snapshot.rejected:
            assert one.file == snapshot.file
            assert one.row > 0
            assert one.reason
    (sound,) = [one for one in found if "99-" in one.file]
    assert len(sound.claims) == 119
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert children < MOST_MIB
