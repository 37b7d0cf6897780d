"""The first page of a run and the numbers of its units, small enough to be read at every visit."""

from __future__ import annotations

import msgspec

from worker.reports.contents import STATISTICS, Contents, UnitRow
from worker.reports.dossiers import Tally
from worker.reports.firstpage import FirstPage
from worker.reports.packing import pieces

#: What of ``statistics.json`` is figures.
FIGURES = ("period", "all", "by_unit", "by_class")


class RunPage(msgspec.Struct, frozen=True):
    """What a run said on its first page, and of each unit by the name it is shown under."""

    page: FirstPage
    units: tuple[UnitRow, ...]
    tally: Tally
    #: As ``statistics.json`` has them, without the dossiers that moved.
    figures: msgspec.Raw = msgspec.Raw(b"{}")

    def unit(self, name: str) -> UnitRow | None:
        """What it said of a unit; None: nothing."""
        return next((one for one in self.units if one.unit == name), None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(RunPage).decode


def page_of(contents: Contents) -> RunPage:
    """The page of a run that is done."""
    told = msgspec.json.decode(b"".join(pieces(contents.files[STATISTICS])))
    figures = {name: told[name] for name in FIGURES if name in told}
    return RunPage(
        contents.page, contents.units, contents.tally, msgspec.Raw(msgspec.json.encode(figures))
    )


def pack_page(contents: Contents) -> bytes:
    """The page as the store keeps it."""
    return _encode(page_of(contents))


def unpack_page(payload: bytes) -> RunPage | None:
    """None for what another version of the program wrote in another shape."""
    try:
        return _decode(payload)
    except msgspec.MsgspecError:
        return None
