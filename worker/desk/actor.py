"""Who asks something of the desk: a person, in a role, for some units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from worker.desk.refused import Refused


class OfficeRole(StrEnum):
    """What a person is in the office. One person may have one role for one set of units."""

    VIEWER = "viewer"
    OFFICER = "officer"
    APPROVER = "approver"
    ADMIN = "admin"
    INSPECTOR = "inspector"
    #: Whoever works at the command line: they can read the database anyway.
    SHELL = "shell"


class Right(StrEnum):
    """What a role allows."""

    VIEW = "view"  # dossiers, worklists, figures, runs of the own units
    NAMES = "names"  # whole names on the case page and in pairs, logged
    WORK = "work"  # take on, note, waive, answer pairs, type check answers
    INTAKE = "intake"  # take registers in, declare books, scan slips
    RUN = "run"  # start and cancel runs
    APPROVE = "approve"  # the second person: frozen periods, scanned batches, answers that help
    FREEZE = "freeze"  # freeze and correct a period, submitted figures
    INSPECT = "inspect"  # draw checks, read the log of who looked at names
    HEALTH = "health"  # sources, queue, mails, copies
    ACCOUNTS = "accounts"  # people, roles, sessions, units' recipients


_EVERY = frozenset(Right)
RIGHTS: dict[OfficeRole, frozenset[Right]] = {
    OfficeRole.VIEWER: frozenset({Right.VIEW}),
    OfficeRole.OFFICER: frozenset({Right.VIEW, Right.NAMES, Right.WORK, Right.INTAKE, Right.RUN}),
    OfficeRole.APPROVER: frozenset(
        {Right.VIEW, Right.NAMES, Right.WORK, Right.APPROVE, Right.FREEZE, Right.RUN}
    ),
    # Who keeps the machine has no business with the dossiers.
    OfficeRole.ADMIN: frozenset({Right.HEALTH, Right.ACCOUNTS, Right.RUN}),
    OfficeRole.INSPECTOR: frozenset({Right.VIEW, Right.NAMES, Right.INSPECT}),
    OfficeRole.SHELL: _EVERY,
}
ROLE_LABELS: dict[OfficeRole, str] = {
    OfficeRole.VIEWER: "Xem",
    OfficeRole.OFFICER: "Nghiệp vụ",
    OfficeRole.APPROVER: "Lãnh đạo duyệt",
    OfficeRole.ADMIN: "Quản trị",
    OfficeRole.INSPECTOR: "Thanh tra",
    OfficeRole.SHELL: "Dòng lệnh",
}


class NotAllowed(Refused):
    """The role does not allow it, whatever the thing is (in the console: 403)."""


class Unseen(LookupError):
    """There is no such thing for this actor: not there, or of a unit that they may not see.

    Both are told alike (in the console: 404), so that nobody learns what there is elsewhere.
    """


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the desk. ``who`` is what the audit keeps; ``units`` None: the whole office.

    ``units`` holds codes, their children included: who makes an Actor adds them.
    """

    who: str
    role: OfficeRole
    units: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Whether the role allows it."""
        return right in RIGHTS[self.role]

    def need(self, right: Right) -> None:
        """Nothing where the role allows it; raises NotAllowed in Vietnamese otherwise."""
        if not self.may(right):
            raise NotAllowed(
                f"Vai trò “{ROLE_LABELS[self.role]}” không được làm việc này.",
                "Nhờ người có quyền, hoặc hỏi người quản trị.",
            )

    def sees(self, unit: str) -> bool:
        """Whether things of this unit are there for the actor; those of no unit need all units."""
        return self.units is None or unit in self.units

    def within(self, units: Iterable[str] | None) -> frozenset[str] | None:
        """Of the units asked for (None: all) those that the actor sees; None: the whole office."""
        if units is None:
            return self.units
        wanted = frozenset(units)
        return wanted if self.units is None else wanted & self.units


def at_the_shell(who: str) -> Actor:
    """The actor of a command: the account, and the person it stands for."""
    return Actor(who, OfficeRole.SHELL)
