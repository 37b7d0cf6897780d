"""The product's source files, each read and parsed once for all tests that look at them."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOUSES = ("reconcile", "config", "connectors", "worker")
SOURCES = sorted(path for house in HOUSES for path in (ROOT / house).rglob("*.py"))


@functools.cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, the module first."""
    return tuple(ast.walk(ast.parse(text(path))))


def tree(path: Path) -> ast.Module:
    module = nodes(path)[0]
    assert isinstance(module, ast.Module)
    return module


def name(path: Path) -> str:
    """Of a file within the project, as it is written everywhere."""
    return path.relative_to(ROOT).as_posix()
