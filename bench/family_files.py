"""The families' world as the files of an office, and what the installed product links in them.

``python -m bench.family_files --profile mild --seed 201`` writes an export and a workbook of
registers a commune, as the clerks left them or (``--clean``) put right, runs ``doisoat run`` and
counts its links.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import defaultdict
from pathlib import Path

import xlsxwriter

from bench.families import FIELDS, PROFILES, FamilyWorld, build, labels_of
from bench.files import CONFIGURATION, EXPORT, write_rows
from bench.kinds import Counted, count
from bench.legacy import Font
from bench.linking import OUT
from bench.measure_families import HEAD, explain, line
from bench.province import Outcome, forget, run
from bench.recording import HEADER_ROWS, SHEETS
from bench.scoring import Answer
from reconcile.claims import Claim, RegisterType


def write(world: FamilyWorld, folder: Path, *, clean: bool) -> None:
    """Everything that ``doisoat run`` needs, and ``truth.json`` beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    for source in ("motcua", "so-giay"):
        (folder / "inbox" / source).mkdir(parents=True, exist_ok=True)
    # There is no portal in this world.
    without = CONFIGURATION.split("[[sources]]")
    text = "[[sources]]".join(part for part in without if 'name = "cong"' not in part)
    (folder / "doisoat.toml").write_text(text, encoding="utf-8")
    days = [claim.received_on for claim in world.dossiers if claim.received_on]
    title = f"DANH SÁCH HỒ SƠ (Từ ngày {min(days):%d/%m/%Y} đến ngày {max(days):%d/%m/%Y})"
    write_rows(folder / "inbox/motcua/ho-so.xlsx", title, EXPORT, world.dossiers)
    shelves: dict[str, dict[RegisterType, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in world.rows:
        shelves[claim.places[0].file][claim.register_type].append(claim)
    for file, kinds in sorted(shelves.items()):
        book = xlsxwriter.Workbook(str(folder / file))
        fonts = {font: book.add_format({"font_name": str(font)}) for font in Font}
        for kind, claims in sorted(kinds.items()):
            _write_sheet(book, kind, claims, world, clean, fonts)
        book.close()
    truth = [
        [place.file, place.sheet, place.row, true and true.split(":", 1)[1]]
        for claim in world.rows
        for place in claim.places
        for true in [world.truth[claim.key]]
    ]
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")


def _write_sheet(
    book: xlsxwriter.Workbook,
    kind: RegisterType,
    claims: list[Claim],
    world: FamilyWorld,
    clean: bool,
    fonts: dict[Font, xlsxwriter.format.Format],
) -> None:
    sheet = book.add_worksheet(SHEETS[kind])
    sheet.write_string(0, 0, SHEETS[kind].upper())
    labels = labels_of(kind)
    for at, label in enumerate(labels):
        sheet.write_string(HEADER_ROWS - 1, at, label)
    for claim in claims:
        cells = (world.right_cells if clean else world.cells)[claim.key]
        row = claim.places[0].row
        # Half of the old fonts are named in the cell, half were lost in a copy and paste.
        named = not clean and claim.key in world.fonts and row % 2 == 0
        style = fonts[world.fonts[claim.key]] if named else None
        for at, label in enumerate(labels):
            if text := cells.get(FIELDS.get(label, ""), ""):
                sheet.write_string(row - 1, at, text, style)


def linked(world: FamilyWorld, folder: Path) -> tuple[Counted, Outcome]:
    """What ``doisoat run`` links, counted as everywhere."""
    forget(folder)
    outcome = run(folder)
    row_at = {(p.file, p.sheet, p.row): claim.key for claim in world.rows for p in claim.places}
    answers = []
    with (folder / "out" / "links.jsonl").open(encoding="utf-8") as lines:
        for said in map(json.loads, lines):
            place, given, rival = said["register"], said["dossier"], said["rival"]
            key = row_at[place["file"], place["sheet"], place["row"]]
            shown = (f"motcua:{rival['code']}",) if rival else ()
            dossier = f"motcua:{given['code']}" if given else None
            kept = dossier if said["decision"] != "none" else None
            answers.append(Answer(key, kept, said["decision"] == "auto", shown))
    return count(world, answers), outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="mild")
    parser.add_argument("--seed", type=int, default=201)
    parser.add_argument("--clean", action="store_true", help="the rows as a careful user has them")
    chosen = parser.parse_args()
    world = build(chosen.profile, chosen.seed)
    state = "clean" if chosen.clean else "raw"
    folder = OUT / f"family-files-{chosen.profile}-{chosen.seed}-{state}"
    write(world, folder, clean=chosen.clean)
    found, outcome = linked(world, folder)
    print(HEAD)
    print(line(f"files {chosen.profile}", chosen.seed, found, outcome.usage.seconds))
    explain(world, found, [], 0)


if __name__ == "__main__":
    main()
