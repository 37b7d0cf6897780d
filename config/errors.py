"""What is wrong with the configuration: every problem at once, never only the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a configuration file or table, as its owner reads it."""

    file: str  # as the owner knows it: "doisoat.toml", "tables/units.csv", an environment variable
    line: int | None
    text: str  # in Vietnamese, never with a secret in it

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, dòng {self.line}"
        return f"{place}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` lists all that is wrong (exit 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.text))
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))
