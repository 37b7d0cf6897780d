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


@dataclass(frozen=True, slots=True)
class Linking:
    """When a pair is linked without asking, when a person is asked."""

    auto: float = 0.9995  # probability from which a link needs nobody
    review: float = 0.05  # probability from which a person is asked
    margin: float = 6.0  # bits by which the best rival must be worse
    #: Source, unit (a ``unit_key``, "" for all) and whom its owner is; untold is ``MIXED``.
    owners: tuple[tuple[str, str, Owner], ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What may differ between two offices that both obey the law."""

    calendar: Calendar = field(default_factory=Calendar)
    linking: Linking = field(default_factory=Linking)
    grace_workdays: int = 1  # SUSPECTED lasts this long after the proof: software pushes late
    edge_days: int = 3  # absence is not judged this near to the edge of a proven window
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
