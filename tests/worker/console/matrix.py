"""What the test modules of the pages tell of their routes, for the matrix of all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.worker.console.served import Served

#: Finds in an office the parameters of a route: what stands in its path, then its query or form.
Find = Callable[[Served], Mapping[str, str]]


@dataclass(frozen=True)
class Sample:
    """A request that makes sense: of the own unit, and of another one where it names an object.

    ``other`` None: the route names nothing that belongs to a unit. ``answers`` are the codes that
    somebody with the right may get for ``own`` (an act may find that it was done: 409).
    """

    own: Find | None = None
    other: Find | None = None
    answers: tuple[int, ...] = (200, 303)
    data: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] | None = None


def samples() -> dict[str, Sample]:
    """Every ``ROUTES`` of the test modules here: ``"GET /ho-so/{key}": Sample(own=…, other=…)``."""
    found: dict[str, Sample] = {}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.worker.console.{file.stem}")
        routes = getattr(module, "ROUTES", {})
        assert not found.keys() & routes, f"told twice: {found.keys() & routes}"
        found |= routes
    return found
