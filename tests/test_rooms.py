"""The rules of the rooms: a name means one thing, nothing goes in a circle, a command has a file.

Lists of exceptions may only get shorter: one that is no longer needed must go, too.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import click
import pytest

from tests import product
from tests.product import ROOT, SOURCES

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCES
    if "versions/r0" not in path.as_posix()
}

#: Stems that stand in several rooms for one thing seen from several floors: its rows, what is done
#: with it, what is printed of it, its command.
ONE_THING = {
    "accounts", "additions", "books", "cases", "checks", "claims", "coverage", "dossiers", "errors",
    "facts",
    "fields", "findings", "form", "inbox", "intake", "learned", "leases", "mails", "overview",
    "pairs", "periods", "queue", "readings", "runs", "scans", "schedule", "scopes",
    "search", "sources", "submitted", "tokens", "units", "versions", "why", "worklist",
}  # fmt: skip
#: Stems that still stand for different things.
TWO_THINGS: set[str] = set()
#: Rooms of a house (folders and loose modules one level down), and arrows between them: some module
#: of one imports some module of the other. The numbers may only shrink, but for a room that is new.
ROOMS_AND_ARROWS = {"worker": (15, 42), "reconcile": (16, 50), "connectors": (15, 53)}

#: Files of worker/cli/ that are no command: what commands share.
SHARED_BY_COMMANDS = {
    "chosen", "handing", "import_columns", "lazy", "options", "output", "scopes", "summary",
}  # fmt: skip
#: Commands that still stand in the file of another.
ELSEWHERE: dict[str, str] = {}


def more_than_once(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Names that stand in several places, with the places."""
    places = defaultdict(list)
    for name, place in found:
        places[name].append(place)
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def test_a_class_name_means_one_thing():
    classes = (
        (node.name, module)
        for module, path in MODULES.items()
        for node in product.tree(path).body
        if isinstance(node, ast.ClassDef)
    )
    assert more_than_once(classes) == {}


def test_a_module_name_stands_twice_only_for_one_thing():
    stems = ((module.rpartition(".")[2], module) for module in MODULES if "__" not in module)
    files = [(stem, place) for stem, place in stems if MODULES[place].name != "__init__.py"]
    assert set(more_than_once(files)) - ONE_THING == TWO_THINGS
    assert set(more_than_once(files)) >= ONE_THING, "one stands once by now: take it off the list"


@functools.cache
def graph() -> dict[str, set[str]]:
    return {module: set(imports(product.nodes(path))) for module, path in MODULES.items()}


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The modules of ours that a module imports, wherever it does, for types alone too."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in MODULES:
                    yield whole
                elif node.module in MODULES:
                    yield node.module


@pytest.mark.parametrize("house", ROOMS_AND_ARROWS)
def test_a_house_has_no_more_rooms_and_arrows_than_before(house: str):
    rooms, arrows = plan(house, graph())
    most_rooms, most_arrows = ROOMS_AND_ARROWS[house]
    assert len(rooms) <= most_rooms, sorted(rooms)
    assert len(arrows) <= most_arrows, sorted(arrows)


def plan(house: str, graph: Mapping[str, set[str]]) -> tuple[set[str], set[tuple[str, str]]]:
    """The rooms of a house, and the arrows between them."""

    def room(module: str) -> str:
        return module.split(".")[1]

    own = {name: others for name, others in graph.items() if name.startswith(f"{house}.")}
    arrows = {
        (room(name), room(other))
        for name, others in own.items()
        for other in others
        if other in own and room(other) != room(name)
    }
    return {room(name) for name in own}, arrows


def test_a_planted_arrow_is_counted():
    graph = {"a.x.m": {"a.y", "b.z"}, "a.y": {"a.y"}, "a.x": set[str](), "b.z": set[str]()}
    assert plan("a", graph) == ({"x", "y"}, {("x", "y")})


def stores_reached(nodes: Iterable[ast.AST]) -> list[int]:
    """The lines on which a house's store is taken hold of."""
    found = (node for node in nodes if isinstance(node, ast.Attribute))
    return [node.lineno for node in found if node.attr == "store"]


@pytest.mark.parametrize("door", ["worker.cli", "worker.console"])
def test_a_door_asks_the_desk_and_never_the_store(door: str):
    behind = {name: path for name, path in MODULES.items() if name.startswith(door)}
    reached = {name: stores_reached(product.nodes(path)) for name, path in behind.items()}
    assert {name: lines for name, lines in reached.items() if lines} == {}


def test_a_planted_reach_is_found():
    planted = ast.parse("def f(house):\n    return house.store.runs.newest()")
    assert stores_reached(ast.walk(planted)) == [2]


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that can be reached from each other (Tarjan's components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in number:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == number[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return found


def test_nothing_is_imported_in_a_circle():
    assert circles({module: others - {module} for module, others in graph().items()}) == []


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [["a", "b", "c"]]),
    ],
)
def test_a_planted_circle_is_found(graph, found):
    assert circles(graph) == found


def test_a_command_has_a_file_of_its_name():
    from worker.cli import doisoat

    assert isinstance(doisoat, click.Group)
    files = {path.stem.removesuffix("_") for path in (ROOT / "worker/cli").glob("*.py")}
    files -= {"__init_"} | SHARED_BY_COMMANDS
    homes = {ELSEWHERE.get(name, name) for name in doisoat.commands}
    assert files == homes
    assert set(ELSEWHERE) <= set(doisoat.commands)
