"""On which line of a TOML file a key stands: the standard parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

KeyPath = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_TOKENS = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]')


class KeyLines:
    """Finds the line of a key, or of the nearest thing around it."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._tables: dict[KeyPath, int] = {}  # array of tables → how many so far
        self._read(text)

    def of(self, path: Sequence[str | int]) -> int | None:
        """The line of the key at ``path``, else of its table, else None."""
        wanted = tuple(path)
        while wanted:
            if wanted in self._lines:
                return self._lines[wanted]
            wanted = wanted[:-1]
        return None

    def _read(self, text: str) -> None:
        table: KeyPath = ()
        depth, multiline = 0, ""
        for number, line in enumerate(text.splitlines(), start=1):
            rest = line
            if depth == 0 and not multiline:
                if header := _HEADER.match(line):
                    table = self._enter(header[1] == "[[", _parts(header[2]))
                    self._lines.setdefault(table, number)
                    continue
                if key := _KEY.match(line):
                    path = table + tuple(_parts(key[1]))
                    self._lines.setdefault(path, number)
                    rest = line[key.end() :]
            depth, multiline = _state_after(rest, depth, multiline)

    def _enter(self, is_array: bool, parts: list[str]) -> KeyPath:
        """The path of a table header; an array of tables adds its index."""
        path: KeyPath = ()
        for place, part in enumerate(parts, start=1):
            path = (*path, part)
            if is_array and place == len(parts):
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path


def _parts(key: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, key)]


def _state_after(text: str, depth: int, multiline: str) -> tuple[int, str]:
    """How deep in brackets, and in which many-line text, the next line starts."""
    position = 0
    while position < len(text):
        if multiline:
            end = text.find(multiline, position)
            if end < 0:
                return depth, multiline
            position, multiline = end + 3, ""
            continue
        token = _TOKENS.search(text, position)
        if token is None:
            break
        position = token.end()
        if token[0] in ('"""', "'''"):
            multiline = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return depth, multiline
