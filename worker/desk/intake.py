"""Files that a person takes in: looked at first, taken in, answered for, undone."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.sources import FileSource, RegisterSource
from connectors import open_connectors
from connectors.files.folder import FileConnector
from connectors.files.learned import Heading
from connectors.files.preview import Preview, SeenTable, reasons
from connectors.files.reading import CONTENTS
from worker import words
from worker.clock import pause
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.standing_data import titles
from worker.house import House, additions, learned
from worker.intake import inbox
from worker.intake.inbox import Handled
from worker.run import file_questions, leases, story
from worker.store import SLIPS, FileStanding, Intake, IntakeState, Lease, StandsOnIt, Taken

__all__ = [
    "CONTENTS",
    "FileConnector",
    "FileStanding",
    "Handled",
    "Preview",
    "SeenTable",
    "Taken",
    "reasons",
]

#: A page of past intakes.
PAGE = 30
#: What was taken in, whether it still stands or not.
STOOD = (IntakeState.TAKEN, IntakeState.UNDONE)


@dataclass(frozen=True, slots=True)
class Look:
    """How a file would be understood, and what taking it in would bring."""

    preview: Preview
    intake: Taken


@dataclass(frozen=True, slots=True)
class UnitlessTable:
    """A table whose rows nobody knows the unit of."""

    file: str
    sheet: str


def receiving(house: House, name: str | None) -> FileSource:
    """The source that files go to; raises Refused where it is not clear which."""
    registers = [one for one in house.settings.sources if isinstance(one, RegisterSource)]
    if name is None and len(registers) == 1:
        return registers[0]
    known = [one for one in house.settings.sources if isinstance(one, FileSource)]
    found = next((one for one in known if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in known)
        wanted = f"Không có nguồn “{name}”." if name else "Có nhiều sổ, chưa rõ nạp vào đâu."
        raise Refused(f"{wanted} Dùng --source với một trong: {names}")
    return found


def receivers(house: House) -> list[tuple[str, str]]:
    """Name and title of the sources that files may be handed in for, registers first."""
    known = [one for one in house.settings.sources if isinstance(one, FileSource)]
    known.sort(key=lambda one: not isinstance(one, RegisterSource))
    names = titles(house)
    return [(one.name, names[one.name]) for one in known if one.name != SLIPS]


def reader(
    house: House, source: FileSource, path: str = "", headings: tuple[Heading, ...] | None = None
) -> FileConnector:
    """The source's own way of reading, over this path alone where one is given."""
    one = source.model_copy(update={"path": path}) if path else source
    settings = house.settings.model_copy(update={"sources": (one,)})
    known = learned(house.store) if headings is None else headings
    (found,) = open_connectors(settings, house.tables, known, additions(house.store))
    assert isinstance(found, FileConnector)  # noqa: S101 - a FileSource has no other
    return found


def of_file(
    house: House, source: FileSource, file: Path, headings: tuple[Heading, ...] | None = None
) -> FileConnector:
    """The source's own way of reading, over one file wherever it lies."""
    return reader(house, source, glob.escape(str(file.absolute())), headings)


# Looking


def look(
    house: House,
    actor: Actor,
    connectors: Sequence[FileConnector],
    word: FileStanding = FileStanding.ASKED,
) -> list[Look]:
    """How these files would be understood and what each would change; nothing is written."""
    actor.need(Right.INTAKE)
    previews = [preview for one in connectors for preview in one.preview()]
    effects = rehearsed(house, previews, word)
    return [Look(preview, taken) for preview, taken in zip(previews, effects, strict=True)]


def rehearsed(house: House, previews: Sequence[Preview], word: FileStanding) -> list[Taken]:
    """What taking these files in would bring, one after the other."""
    snapshots = [one.snapshot for one in previews]
    now, today = house.clock.now(), house.clock.today()
    return house.store.intakes.rehearse(snapshots, at=now, on=today, word=word)


def one_unit(previews: Sequence[Preview]) -> str:
    """The one unit that all tables name; empty where they name none or several."""
    named = {seen.unit for preview in previews for seen in preview.tables}
    return named.pop() if len(named) == 1 else ""


def unitless(previews: Sequence[Preview]) -> list[UnitlessTable]:
    """The tables that would be read although nobody knows their unit."""
    return [
        UnitlessTable(preview.snapshot.file, seen.sheet)
        for preview in previews
        for seen in preview.tables
        if lacks_unit(seen)
    ]


def lacks_unit(seen: SeenTable) -> bool:
    """Whether nobody knows the unit of the table's rows."""
    return not (seen.lacking or seen.unit or seen.unit_from)


# Taking in


@contextmanager
def alone(house: House) -> Iterator[Lease]:
    """The office's lease; raises Refused while a run works."""
    try:
        with leases.held(house.store, "", house.clock) as lease:
            yield lease
    except leases.Busy:
        raise Refused(
            "Đang có lượt đối soát, chưa nạp được lúc này.", "Chờ lượt đó xong rồi làm lại."
        ) from None


def take_in(
    house: House,
    actor: Actor,
    connectors: Sequence[FileConnector],
    word: FileStanding = FileStanding.ASKED,
) -> list[Taken]:
    """What each file brought; each can be undone. ``word``: what the person says of the files
    that lay under their names before."""
    actor.need(Right.INTAKE)
    with leases.held(house.store, "", house.clock) as lease:
        return story.take_in_files(house, connectors, lease, word, by=actor.who)


def empty_inboxes(house: House, actor: Actor, waits: Callable[[], None]) -> list[Handled]:
    """What became of each file of the watched inboxes, once none is still being written.

    ``waits`` is called before each wait. Raises Refused where there is no inbox, ``leases.Busy``
    during a run.
    """
    actor.need(Right.INTAKE)
    folders = inbox.watched(house.settings.sources)
    if not folders:
        raise Refused("Chưa nguồn nào có hộp nhận; đặt khóa inbox ở nguồn đó.")
    found = {one.place: one for one in inbox.watch(house)}
    for _ in range(inbox.LOOKS):
        if not any(path not in found for folder in folders for path, _ in inbox.waiting(folder)):
            break
        waits()
        pause(inbox.APART.total_seconds())
        found |= {one.place: one for one in inbox.watch(house)}
    return list(found.values())


def question(taken: Taken) -> str:
    """What a person is asked of a file that lies where another lay, in Vietnamese."""
    return file_questions.told(taken)


def decide(
    house: House,
    actor: Actor,
    source: FileSource,
    names: Sequence[str],
    word: FileStanding,
    reason: str,
) -> int:
    """How many files that lay under these names are now said to be replaced, or kept."""
    actor.need(Right.INTAKE)
    known = {one.lay_as or one.path for one in house.store.readings.files(source.name)}
    count = 0
    for name in names:
        path = Path(os.path.relpath(Path(name).absolute(), house.settings.folder)).as_posix()
        chosen = name if name in known else path
        count += house.store.versions.decide(
            source.name, chosen, word, by=actor.who, reason=reason, at=house.clock.now()
        )
    return count


# What was taken in


def past(
    house: House, actor: Actor, *, before: int | None = None, limit: int = PAGE
) -> list[Intake]:
    """A page of what persons took in for the actor's units, or the actor for any, newest first."""
    actor.need(Right.VIEW)
    return house.store.intakes.newest(
        before=before, limit=limit, units=actor.units, by=actor.who, but=SLIPS
    )


def taken(house: House, actor: Actor, number: int) -> Intake:
    """One intake of the actor's units, or the actor's own; raises Unseen."""
    found = house.store.intakes.one(number)
    if found is None or found.source == SLIPS or found.state not in STOOD:
        raise Unseen(str(number))
    if not (actor.sees(found.unit) or found.by == actor.who):
        raise Unseen(str(number))
    return found


def undo(house: House, actor: Actor, number: int | None, *, reason: str) -> Intake:
    """The intake that was taken back; ``number`` None: the newest that can be.

    What the file replaced counts again. Raises Refused where something stands on it, Unseen.
    """
    actor.need(Right.INTAKE)
    if number is None:
        number = next((one.id for one in past(house, actor) if one.undoable), None)
        if number is None:
            raise Refused("Không có lần nạp nào hoàn tác được.")
    one = taken(house, actor, number)
    if one.state is IntakeState.UNDONE:
        raise Refused(f"Lần nạp số {number} đã được hoàn tác.")
    with alone(house) as lease:
        stands = house.store.intakes.undo(
            number, by=actor.who, at=house.clock.now(), reason=reason.strip(), lease=lease
        )
    if stands:
        raise Refused(*why_not(stands))
    return taken(house, actor, number)


def why_not(stands: StandsOnIt) -> tuple[str, str]:
    """Why an intake cannot be undone, and what to do first."""
    if stands.read_again:
        return (
            "Không hoàn tác được: sau lần nạp này tệp đã được đọc lại, có tệp khác nạp đè lên, "
            "hoặc đã có người trả lời về bản cũ.",
            "Hoàn tác lần nạp sau trước; hoặc nạp lại bản đúng, chọn “tệp này thay tệp cũ”.",
        )
    if stands.periods:
        return (
            f"Không hoàn tác được: kỳ {', '.join(stands.periods)} đã chốt sau lần nạp này.",
            "Nạp bản đúng rồi đính chính kỳ đó.",
        )
    if stands.books:
        named = ", ".join(map(str, stands.books))
        return (
            f"Không hoàn tác được: khai báo sổ số {named} được ghi sau lần nạp này.",
            "Rút lại khai báo trước.",
        )
    return (
        f"Không hoàn tác được: {words.number(stands.answers)} cặp hồ sơ có dòng của tệp này đã "
        "có người trả lời.",
        "Rút lại các câu trả lời đó trước.",
    )
