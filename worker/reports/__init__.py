"""The reports of a run: facts in, contents decided, files written.

``build(facts)`` decides what is shown, ``write(contents, folder, formats)`` writes it; a run keeps
``pack(contents)``, and ``write(unpack(packed), …)`` writes the same bytes again.
"""

from worker.reports.contents import Contents, build, pack, unpack
from worker.reports.facts import RunFacts
from worker.reports.files import FORMATS, run_json, write

__all__ = ["FORMATS", "Contents", "RunFacts", "build", "pack", "run_json", "unpack", "write"]
