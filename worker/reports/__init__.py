"""The reports of a run: facts in, contents decided, files written.

``build(facts)`` decides what is shown, ``write(contents, folder, formats)`` writes it; a run keeps
``pack(contents)``, and ``write(unpack(packed), …)`` writes the same bytes again. A run that decided
the same as an earlier one takes its contents ``again``.
"""

from worker.reports.again import again, done
from worker.reports.contents import Contents, build, lines_of, pack, unpack
from worker.reports.facts import OwnFacts, RunFacts
from worker.reports.files import FORMATS, run_json, write
from worker.reports.run_page import pack_page

__all__ = [
    "FORMATS",
    "Contents",
    "OwnFacts",
    "RunFacts",
    "again",
    "build",
    "done",
    "lines_of",
    "pack",
    "pack_page",
    "run_json",
    "unpack",
    "write",
]
