"""The numbers an office may tune, and one documented preset.

Every number says its unit. The preset needs no training; how it was estimated stands in
``docs/linking.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from reconcile.claims import Procedure, Status
from reconcile.workdays import Calendar


class Owner(StrEnum):
    """Whom a source names in the column of the dossier's owner (chủ hồ sơ)."""

    SUBJECT = "subject"  # the child, the dead
    APPLICANT = "applicant"  # whoever came to the counter
    MIXED = "mixed"  # now the one and now the other, or nobody knows


class SizeClass(StrEnum):
    """How many dossiers an office has known, by class: the odds of a pair follow from it.

    A class and not the number itself, so that one dossier more changes no other pair. Another
    class is another policy: everything is linked anew.
    """

    UP_TO_60K = "60k"
    UP_TO_250K = "250k"
    UP_TO_1M = "1M"

    @property
    def prior(self) -> float:
        """log2 of the odds that a pair taken at random is one; a whole number."""
        return {SizeClass.UP_TO_60K: -16.0, SizeClass.UP_TO_250K: -18.0}.get(self, -20.0)

    @property
    def most(self) -> int:
        """Of how many dossiers the class speaks."""
        return {SizeClass.UP_TO_60K: 60_000, SizeClass.UP_TO_250K: 250_000}.get(self, 1_000_000)


@dataclass(frozen=True, slots=True)
class Linking:
    """When a pair is linked without asking, when a person is asked."""

    auto: float = 0.9995  # probability from which a link needs nobody
    review: float = 0.05  # probability from which a person is asked
    margin: float = 6.0  # bits by which the best rival must be worse
    size: SizeClass = SizeClass.UP_TO_60K
    #: Source, unit (a ``unit_key``, "" for all) and whom its owner is; untold is ``MIXED``.
    owners: tuple[tuple[str, str, Owner], ...] = ()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """When a register looks as if it had been made up: signs to look at, never a verdict.

    What each sign found in offices without and with a made-up register stands in
    ``docs/decisions/0017-no-more-than-is-known.md``.
    """

    rows: int = 20  # fewer rows of a unit than this may look like anything
    return_is_due: float = 0.9  # share of rows returned on the very day that was promised
    helps: int = 20  # from so many moved dossiers on …
    hurts: float = 0.0  # … this share of them at most makes the figures worse
    one_day: float = 0.8  # share of rows first read on one day, where others were read before
    late_days: int = 10  # days after the period's end from which a row counts as typed late
    late: float = 0.2  # share of rows typed so late
    signed_alike: float = 0.98  # share of rows signed, where elsewhere in the office few are
    days_off: float = 0.2  # share of rows returned on a day off
    weekday: float = 0.7  # share of rows returned on one and the same day of the week
    weeks: int = 4  # … over at least so many weeks
    pending: float = 0.9  # share of a register's rows that are dossiers still pending …
    pending_held: float = 0.8  # … and share of the unit's pending dossiers that it holds


@dataclass(frozen=True, slots=True)
class Policy:
    """What may differ between two offices that both obey the law."""

    calendar: Calendar = field(default_factory=Calendar)
    linking: Linking = field(default_factory=Linking)
    grace_workdays: int = 1  # SUSPECTED lasts this long after the proof: software pushes late
    edge_days: int = 3  # absence is not judged this near to the edge of a proven window
    untold_days: int = 90  # quiet days at the edge of a list that announces no period
    stale_after_days: int = 14  # from so many days on an export is called old
    suspicion: Suspicion = field(default_factory=Suspicion)
    post_allowance_days: int = 2  # carriage between agencies that the appointment left out
    post_working_days: bool = True  # the allowance in working days, else calendar days
    late_typing_rows: int = 3  # from so many a unit and run "nhập bù" is one grouped line
    duplicate_days: int = 30  # two dossiers for one event are received so near to each other
    apology_is_on_time: bool = False  # an apology does not make it on time
    same_day_until: time = time(15, 0)  # Law 60/2014/QH13 art. 5(3)
    #: Procedure classes whose dossier stands for a whole group (else: the commune's own step).
    group_scope: frozenset[Procedure] = frozenset({Procedure.BIRTH_LINKED, Procedure.DEATH_LINKED})
    #: Statuses whose column in form II.06a the office fixed, by source kind; see statistics.
    ii06a: dict[tuple[str, Status], str] = field(default_factory=dict)
    #: Births and deaths only: classes that are judged.
    judged: frozenset[Procedure] = frozenset(
        {Procedure.BIRTH, Procedure.BIRTH_LINKED, Procedure.DEATH, Procedure.DEATH_LINKED}
    )
    since: date | None = None  # nothing is missing before the office used the software
