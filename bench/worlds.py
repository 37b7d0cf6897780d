"""Invented civil registries with their truth: ``coast``, ``clans`` and ``scans``.

They share the presets (how many rows, how often which mistake). Coast and clans share nothing
else: names, families, office habits and kinds of slip differ. ``scans`` has the people of coast and
mistakes of its own, as a register typed from scans has them: letters and digits that look alike,
hỏi for ngã, a hat or a space lost, the family name cut off, the day of the promise taken for that
of reception. The same name, preset and seed give the same world. All people are invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from bench.legacy import Font
from bench.population import Event, Size, clan_events, coast_events
from bench.recording import Habits, Recorder
from reconcile.claims import Claim


@dataclass(frozen=True)
class Mistakes:
    """How often what goes wrong; every figure is a share of rows, names or dates."""

    no_code: float  # rows without a usable code
    no_id: float
    accents: float = 0.0  # names
    shortened: float = 0.0  # names without the middle name or in initials
    slip: float = 0.0  # names with a slip of the hand
    legacy: float = 0.0  # rows in a legacy font
    swapped: float = 0.0  # birth dates with day and month swapped
    wrong_birth: float = 0.0
    received_off: float = 0.0  # by up to three days
    received_absent: float = 0.0
    one_slip: float = 0.0  # rows with one slip of any of the kinds above
    bare: bool = False  # registers with the fewest columns: no father, one mother in three


@dataclass(frozen=True)
class Preset:
    dossiers: int
    rows: int
    mistakes: Mistakes
    unknown: float = 0.04  # rows that were never in any software
    twins: float = 0.05
    namesakes: float = 0.05


EASY = Preset(4_917, 4_261, Mistakes(no_code=1 / 3, no_id=0.4, one_slip=0.1))
HARD = Preset(
    20_000,
    17_317,
    Mistakes(
        no_code=0.9,
        no_id=1.0,
        accents=1 / 3,
        shortened=1 / 6,
        slip=1 / 8,
        legacy=1 / 6,
        swapped=1 / 6,
        wrong_birth=1 / 8,
        received_off=1 / 4,
        received_absent=1 / 8,
    ),
)
#: Hard, and the registers say less: a world of our own, beside the two with bars.
BARE = replace(HARD, mistakes=replace(HARD.mistakes, bare=True))
PRESETS = {"easy": EASY, "hard": HARD, "bare": BARE}


@dataclass(frozen=True)
class World:
    """Dossiers, register rows, and which row is which dossier.

    ``rows`` is what a linker is given. ``written`` is the same before the legacy fonts, and
    ``fonts`` names the rows that stand in one: that is what goes into files. ``noted`` says what
    went wrong in a row, for reading a linker's mistakes.
    """

    name: str
    seed: int
    dossiers: list[Claim]
    rows: list[Claim]
    truth: dict[str, str | None]
    noted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    written: list[Claim] = field(default_factory=list)
    fonts: dict[str, Font] = field(default_factory=dict)

    @property
    def claims(self) -> list[Claim]:
        return [*self.dossiers, *self.rows]


@dataclass(frozen=True)
class Builder:
    """One of the worlds: where its people come from and how its offices write."""

    events: Callable[[Random, int, Size, float, float], list[Event]]
    habits: Habits
    sizes: dict[str, Size]


BUILDERS = {
    "coast": Builder(
        coast_events,
        Habits(
            province="H11",
            tracking={"easy": 0.75, "hard": 0.5, "bare": 0.5},
            mother_in_tracking=0.7,
            other_unit=0.01,
        ),
        {
            "easy": Size(units=10, days=366),
            "hard": Size(units=20, days=730),
            "bare": Size(units=20, days=730),
        },
    ),
    "clans": Builder(
        clan_events,
        Habits(
            province="H56",
            tracking={"easy": 0.7, "hard": 0.3, "bare": 0.3},
            mother_in_tracking=0.0,
            other_unit=0.03,
            both_books=0.25,
            accents_by_row=True,
            by_ear=True,
            capitals=0.3,
            child_is_applicant=0.5,
            other_parent=0.1,
            unnamed=0.01,
        ),
        {
            "easy": Size(units=12, days=366),
            "hard": Size(units=40, days=730),
            "bare": Size(units=40, days=730),
        },
    ),
    "scans": Builder(
        coast_events,
        Habits(
            province="H12",
            tracking={"easy": 0.6, "hard": 0.4, "bare": 0.4},
            mother_in_tracking=0.5,
            other_unit=0.02,
            both_books=0.1,
            by_scan=True,
            capitals=0.2,
            other_parent=0.0,
        ),
        {
            "easy": Size(units=15, days=366),
            "hard": Size(units=30, days=730),
            "bare": Size(units=30, days=730),
        },
    ),
}


def build(name: str, preset: str, seed: int, *, raw_legacy: float = 0.5) -> World:
    """One world; ``raw_legacy`` is the share of legacy-font rows that come unconverted."""
    chosen = PRESETS[preset]
    return assemble(name, preset, seed, chosen, BUILDERS[name].sizes[preset], raw_legacy)


def assemble(
    name: str,
    preset: str,
    seed: int,
    chosen: Preset,
    size: Size,
    raw_legacy: float = 0.5,
    tracking: float | None = None,
) -> World:
    """A world of any size; ``preset`` chooses the office habits, ``tracking`` overrides one."""
    builder = BUILDERS[name]
    random = Random(f"{name}:{preset}:{seed}:{chosen.dossiers}")
    unknown = round(chosen.rows * chosen.unknown)
    events = builder.events(random, chosen.dossiers + unknown, size, chosen.twins, chosen.namesakes)
    if tracking is None:
        tracking = builder.habits.tracking[preset]
    recorder = Recorder(random, builder.habits, chosen.mistakes, tracking)
    random.shuffle(events)
    never, known = events[:unknown], events[unknown:]
    dossiers = recorder.dossiers(known)
    for event in never:
        recorder.rows_of(event, None)
    order = list(zip(known, dossiers, strict=True))
    random.shuffle(order)
    for event, dossier in order:
        if len(recorder.lines) >= chosen.rows:
            break
        recorder.rows_of(event, dossier.key)
    return recorder.world(name, seed, chosen.rows, raw_legacy)
