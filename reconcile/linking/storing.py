"""What linking knows, as bytes: mapped into memory, without reading a claim or a text again.

Arrays of numbers one behind the other, and a head that tells what each is; nothing that could run
code. The version of the rarity table stands inside: bytes of another version are refused, and a
full run makes new ones.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from reconcile.linking.by_code import Contradicted, not_believed
from reconcile.linking.by_people import Comparable
from reconcile.linking.columns import COLUMNS, Side
from reconcile.linking.fragments import Traces
from reconcile.linking.lexicon import Array, Lexicon, NameParts
from reconcile.linking.linker import Known, RowCodes, SettledRows
from reconcile.text import rarity
from reconcile.text.packed import PackedTexts, laid, lying

FORMAT = f"7 {rarity.VERSION} {sys.byteorder} {' '.join(COLUMNS)}"


def to_bytes(known: Known) -> list[bytes | memoryview]:
    """Everything that ``link_changed`` needs, in pieces."""
    ground, lexicon = known.ground, known.ground.lexicon
    texts = {
        "names": lexicon.names.packed(),
        "words": lexicon.words.packed(),
        "texts": lexicon.texts.packed(),
        "row_keys": ground.rows.keys,
        "dossier_keys": ground.dossiers.keys,
        "row_traces": ground.row_traces,
        "dossier_traces": ground.dossier_traces.lines,
        "settled_rows": known.settled.rows,
        "code_rows": known.codes.rows,
    }
    arrays: dict[str, Array] = {}
    for name, packed in texts.items():
        arrays |= {f"{name}.{part}": getattr(packed, part) for part in ("data", "ends", "sums")}
    arrays |= {"rows": ground.rows.table, "dossiers": ground.dossiers.table}
    arrays |= {"near_row": known.near[0], "near_dossier": known.near[1]}
    arrays |= {"settled_registers": known.settled.registers}
    arrays |= {"settled_dossiers": known.settled.dossiers, "code_sums": known.codes.sums}
    arrays["trace_sums"], arrays["trace_dossiers"] = ground.dossier_traces.index()
    parts = lexicon.parts()
    arrays |= {f"part_{name}": getattr(parts, name) for name in NameParts.__slots__}
    head = {
        "format": FORMAT,
        "arrays": [(name, array.dtype.str, array.shape) for name, array in arrays.items()],
        "forbidden": sorted(known.forbidden),
        "same": known.same,
        "contradicted": [
            (row, code.reason.level, code.conflict)
            for row, code in sorted(known.contradicted.items())
        ],
    }
    return laid(json.dumps(head).encode(), *arrays.values())


def from_bytes(data: bytes | memoryview) -> Known | None:
    """What ``to_bytes`` gave, in one piece; None when another version wrote it.

    The arrays stay where they lie.
    """
    told, at = lying(data)
    head, stored = json.loads(bytes(told)), dict[str, Array]()
    if head["format"] != FORMAT:
        return None
    for name, kind, shape in head["arrays"]:
        piece, at = lying(data, at)
        stored[name] = np.frombuffer(piece, dtype=np.dtype(kind)).reshape(shape)

    def texts(name: str) -> PackedTexts:
        return PackedTexts(*(stored[f"{name}.{part}"] for part in ("data", "ends", "sums")))

    lexicon = Lexicon.known(
        texts("names"),
        texts("words"),
        texts("texts"),
        NameParts(*(stored[f"part_{name}"] for name in NameParts.__slots__)),
    )
    traces = Traces(texts("dossier_traces"), (stored["trace_sums"], stored["trace_dossiers"]))
    return Known(
        Comparable(
            lexicon,
            Side(texts("row_keys"), stored["rows"]),
            Side(texts("dossier_keys"), stored["dossiers"]),
            texts("row_traces"),
            traces,
        ),
        (stored["near_row"], stored["near_dossier"]),
        SettledRows(texts("settled_rows"), stored["settled_registers"], stored["settled_dossiers"]),
        frozenset((row, dossier) for row, dossier in head["forbidden"]),
        head["same"],
        {
            row: Contradicted(not_believed(why), conflict)
            for row, why, conflict in head["contradicted"]
        },
        RowCodes(stored["code_sums"], texts("code_rows")),
    )
