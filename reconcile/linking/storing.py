"""What linking knows, as bytes: loaded at once, without reading a claim again.

Arrays and texts in numpy's own archive, nothing that could run code. The version of the rarity
table stands inside: bytes of another version are refused, and a full run makes new ones.
"""

from __future__ import annotations

import io

import numpy as np

from reconcile.linking.by_code import Contradicted, not_believed
from reconcile.linking.by_people import Comparable
from reconcile.linking.columns import COLUMNS, Side
from reconcile.linking.fragments import Traces
from reconcile.linking.lexicon import Array, Lexicon, NameParts
from reconcile.linking.linker import Known, RowCodes
from reconcile.text import rarity

#: Between texts; no comparable form has it inside.
_END = "\n"
FORMAT = f"6 {rarity.VERSION} {' '.join(COLUMNS)}"


def to_bytes(known: Known) -> bytes:
    """Everything that ``link_changed`` needs."""
    ground, lexicon = known.ground, known.ground.lexicon
    lists = {
        "format": [FORMAT],
        "names": lexicon.names.texts,
        "words": lexicon.words.texts,
        "texts": lexicon.texts.texts,
        "row_keys": ground.rows.keys,
        "dossier_keys": ground.dossiers.keys,
        "row_traces": ground.row_traces,
        "dossier_traces": ground.dossier_traces.lines,
        "forbidden": [part for pair in sorted(known.forbidden) for part in pair],
        "settled_rows": list(known.settled),
        "settled_dossiers": [dossier for _, dossier in known.settled.values()],
        "same": [part for pair in sorted(known.same.items()) for part in pair],
        "code_rows": known.codes.rows,
        "contradicted": [
            part
            for row, code in sorted(known.contradicted.items())
            for part in (row, code.reason.level, code.conflict or "")
        ],
    }
    arrays: dict[str, Array] = {name: _packed(texts) for name, texts in lists.items()}
    arrays |= {"rows": ground.rows.table, "dossiers": ground.dossiers.table}
    arrays |= {"near_row": known.near[0], "near_dossier": known.near[1]}
    registers = [register for register, _ in known.settled.values()]
    arrays["settled_registers"] = np.array(registers, dtype=np.int8)
    arrays["code_sums"] = known.codes.sums
    arrays["trace_sums"], arrays["trace_dossiers"] = ground.dossier_traces.index()
    parts = lexicon.parts()
    arrays |= {f"part_{name}": getattr(parts, name) for name in NameParts.__slots__}
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def from_bytes(data: bytes | memoryview) -> Known | None:
    """What ``to_bytes`` gave; None when another version wrote it."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        if _texts(stored["format"]) != [FORMAT]:
            return None
        lexicon = Lexicon.known(
            _texts(stored["names"]),
            _texts(stored["words"]),
            _texts(stored["texts"]),
            NameParts(*(stored[f"part_{name}"] for name in NameParts.__slots__)),
        )
        ground = Comparable(
            lexicon,
            Side(_texts(stored["row_keys"]), stored["rows"]),
            Side(_texts(stored["dossier_keys"]), stored["dossiers"]),
            _texts(stored["row_traces"]),
            Traces(
                _texts(stored["dossier_traces"]), (stored["trace_sums"], stored["trace_dossiers"])
            ),
        )
        pairs, codes = _texts(stored["forbidden"]), _texts(stored["contradicted"])
        same = _texts(stored["same"])
        places = zip(
            stored["settled_registers"].tolist(), _texts(stored["settled_dossiers"]), strict=True
        )
        return Known(
            ground,
            (stored["near_row"], stored["near_dossier"]),
            dict(zip(_texts(stored["settled_rows"]), places, strict=True)),
            frozenset(zip(pairs[::2], pairs[1::2], strict=True)),
            dict(zip(same[::2], same[1::2], strict=True)),
            {
                row: Contradicted(not_believed(why), conflict or None)
                for row, why, conflict in zip(codes[::3], codes[1::3], codes[2::3], strict=True)
            },
            RowCodes(stored["code_sums"], _texts(stored["code_rows"])),
        )


def _packed(texts: list[str]) -> Array:
    """The texts, each with its end behind it: no texts and one empty text stay two things."""
    ended = [_END.join(texts), _END] if texts else []
    return np.frombuffer("".join(ended).encode(), dtype=np.uint8)


def _texts(packed: Array) -> list[str]:
    return packed.tobytes().decode().split(_END)[:-1]
