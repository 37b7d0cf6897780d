"""Our linker on the flat files: ``python -m bench.ours FOLDER OUT``; prints the seconds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.tables import OWNERS, load_claims
from reconcile.linking.linker import link
from reconcile.policy import Linking, Owner, Policy
from reconcile.text.vietnamese import unit_key


def policy(owners: Mapping[str, str]) -> Policy:
    """The defaults, and whom each unit's export calls the owner, as its office has told."""
    told = [("motcua", unit_key(unit), Owner(owner)) for unit, owner in owners.items()]
    return Policy(linking=Linking(owners=tuple(sorted(told))))


def main(folder: Path, out: Path) -> None:
    started = time.perf_counter()
    claims = load_claims(folder / "dossiers.jsonl") + load_claims(folder / "rows.jsonl")
    told = folder / OWNERS
    owners = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    links = link(claims, (), policy(owners))
    with out.open("w", encoding="utf-8") as lines:
        for found in links:
            rival = found.rival.dossier if found.rival else None
            lines.write(json.dumps([found.row, found.dossier, found.decision, rival]) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
