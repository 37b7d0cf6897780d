"""The rules of the house, checked by machine."""

import ast
import functools
import gettext
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests import product
from tests.product import HOUSES, ROOT, SOURCES


@functools.cache
def calls(path: Path) -> list[tuple[int, str]]:
    """Every call of a file as dotted text, with its line."""
    return [
        (node.lineno, ast.unparse(node.func))
        for node in product.nodes(path)
        if isinstance(node, ast.Call)
    ]


def offenders(forbidden: re.Pattern[str], homes: set[str]) -> list[str]:
    return [
        f"{product.name(path)}:{line} {name}"
        for path in SOURCES
        if product.name(path) not in homes
        for line, name in calls(path)
        if forbidden.fullmatch(name)
    ]


def test_imports_go_one_way():
    """import-linter runs the contracts of pyproject.toml."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


def test_only_the_clock_knows_the_time():
    clock = re.compile(r"(.*\.)?(now|utcnow|today)|time\.(time|time_ns|sleep)")
    homes = {"worker/clock.py"}
    # A clock handed in is asked as `clock.now()`: that is the point.
    found = [line for line in offenders(clock, homes) if "clock." not in line.lower()]
    assert found == []


def test_nothing_prints():
    assert offenders(re.compile(r"print|pprint"), set()) == []


def test_the_top_level_is_the_agreed_one():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench"}
    assert packages == {*HOUSES, "tests"}


def test_every_module_says_what_it_is():
    silent = [
        product.name(path)
        for path in SOURCES
        if product.text(path).strip() and not ast.get_docstring(product.tree(path))
    ]
    assert silent == []


def test_files_stay_short():
    long = [
        f"{product.name(path)}: {count} lines"
        for path in SOURCES
        if (count := product.text(path).count("\n")) > 500
    ]
    assert long == []


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]
)
def test_the_lock_is_hashed_and_names_no_index(lock):
    text = (ROOT / lock).read_text()
    pinned = re.findall(r"^[a-z0-9][^\n]*==[^\n]*\n(    --hash)?", text, re.M | re.I)
    assert pinned
    assert all(pinned)
    assert "://" not in text
    assert "index-url" not in text


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    }
    asked = {re.split(r"[\[<>=; ]", need)[0].lower() for need in project["dependencies"]}
    assert asked <= locked


def commands(group: click.Group, path: str = "doisoat") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        found.append((f"{path} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{path} {name}")
    return found


def test_every_command_has_help_and_stands_in_the_readme():
    from worker.cli import doisoat

    readme = (ROOT / "README.md").read_text("utf-8")
    everything = commands(doisoat)
    assert everything
    assert [name for name, command in everything if not command.help] == []
    leaves = [name for name, command in everything if not isinstance(command, click.Group)]
    assert [name for name in leaves if name not in readme] == []
    bare = [
        f"{name} {param.opts[-1]}"
        for name, command in everything
        for param in command.params
        if isinstance(param, click.Option) and not param.help
    ]
    assert bare == []


def test_clicks_own_words_are_compiled():
    """The .mo that is shipped says what the .po says."""
    folder = ROOT / "worker/cli/locale/vi/LC_MESSAGES"
    with (folder / "messages.mo").open("rb") as compiled:
        catalog = gettext.GNUTranslations(compiled)
    text = (folder / "messages.po").read_text("utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.M)
    assert len(pairs) > 30
    for english, vietnamese in pairs:
        assert catalog.gettext(english.replace(r"\n", "\n").replace(r"\t", "\t")) == (
            vietnamese.replace(r"\n", "\n").replace(r"\t", "\t")
        )


def test_no_host_of_a_registry_and_no_path_of_a_machine_is_committed():
    hosts = ("py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "debian" + ".org")
    found = subprocess.run(
        ["git", "grep", "-nIE", rf"({'|'.join(hosts)}|/home/[a-z]+/)", "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""


def test_a_promise_names_a_test_that_exists():
    text = (ROOT / "docs/reliability.md").read_text("utf-8")
    table = text[text.index("| promise |") : text.index("## Bounds")]
    here, missing = "", []
    for place, name in re.findall(r"`([\w/]+\.py|…)(?:::(\w+))?…?`", table):
        here = here if place == "…" else place
        path = ROOT / "tests" / here
        if not path.is_file() or (name and f"def {name}" not in path.read_text("utf-8")):
            missing.append(f"{here}::{name}")
    assert here
    assert missing == []


#: Public names that no product file uses, and why they stay: what runs do by change is what these
#: do at once, and tests compare the two.
STAY = {
    "reconcile.figures.statistics.tabulate": "the verb at once",
    "reconcile.judging.judge.judge": "the verb at once",
    "reconcile.judging.registers.suspects": "the signs at once",
    "reconcile.linking.linker.link": "the verb at once",
    "worker.clock.StoppedClock": "a clock for tests, beside the one that it stands in for",
}


def test_no_public_name_is_there_for_tests_alone():
    assert unused() == STAY.keys()


def unused() -> set[str]:
    """Public names of the product, dotted, that stand nowhere in it but where they are made.

    A method counts as used where any attribute, or a word of a text or template, has its name.
    """
    templates = [path for house in HOUSES for path in (ROOT / house).rglob("*.[hjt]*[2lt]")]
    words = {word for path in templates for word in re.findall(r"\w+", path.read_text("utf-8"))}
    made, used, again = set[str](), {"worker.cli.main"}, dict[str, str]()
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        bound = {
            one.asname or one.name: f"{getattr(node, 'module', '')}.{one.name}".lstrip(".")
            for node in product.nodes(path)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for one in node.names
        }
        again |= {f"{module}.{name}": dotted for name, dotted in bound.items()}
        for node in product.nodes(path):
            if isinstance(node, ast.Attribute):
                words.add(node.attr)
                used.add(f"{bound.get(ast.unparse(node.value))}.{node.attr}")
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(bound.get(node.id, f"{module}.{node.id}"))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= set(re.findall(r"\w+", node.value))
        if path.parent.name != "versions":  # what stands there is Alembic's
            made |= {f"{module}.{name}" for name in _made(product.tree(path), bound)}
    while more := {again[name] for name in used if name in again} - used:
        used |= more
    methods = {name for name in made if name.rpartition(".")[0] in made}
    return made - used - {name for name in methods if name.rpartition(".")[2] in words}


def _made(tree: ast.Module, bound: dict[str, str]) -> Iterator[str]:
    """The public names of a file, but for what it hands to a library or a library asks for."""
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.Assign):
            names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        elif isinstance(node, ast.ClassDef):
            bases = [bound.get(re.split(r"\W", ast.unparse(one))[0], "") for one in node.bases]
            ours = all(not base or base.startswith(HOUSES) for base in bases)
            inside = (one.name for one in node.body if ours and isinstance(one, ast.FunctionDef))
            names = [node.name, *(f"{node.name}.{one}" for one in inside if one[0] != "_")]
        elif isinstance(node, ast.FunctionDef):
            names = [node.name] if all(isinstance(o, ast.Name) for o in node.decorator_list) else []
        yield from (name for name in names if not name.startswith("_"))
