"""Our linker on the flat files: ``python -m bench.ours FOLDER OUT``; prints the seconds."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.tables import load_claims
from reconcile.linking import link
from reconcile.policy import Policy


def main(folder: Path, out: Path) -> None:
    started = time.perf_counter()
    claims = load_claims(folder / "dossiers.jsonl") + load_claims(folder / "rows.jsonl")
    links = link(claims, (), Policy())
    with out.open("w", encoding="utf-8") as lines:
        for found in links:
            rival = found.rival.dossier if found.rival else None
            lines.write(json.dumps([found.row, found.dossier, found.decision, rival]) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
