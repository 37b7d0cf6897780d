"""Files that a person hands in through a page: kept aside, looked at, taken in, put back.

    data/nap-so/.cho/<number>/so.xlsx            waits for the person
    data/nap-so/<source>/<unit>/done/<day>/<stamp>-<number>/so.xlsx     is read by every run
    data/nap-so/.hoan-tac/<number>/so.xlsx       was taken back

The folder names the unit where the file itself does not. A file is only ever opened by the child
process that parses it; its name is kept as text and made harmless before it is a name on the disk.
"""

from __future__ import annotations

import glob
import hashlib
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PureWindowsPath

import msgspec

from connectors.files.folder import FileConnector, doubted
from connectors.files.there import DONE, TABLES
from reconcile.claims import Snapshot
from reconcile.text.vietnamese import unit_key
from worker import words
from worker.desk import blanks, intake, learned
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.upload_look import UploadLook, drawn, strange
from worker.house import House
from worker.store import FileStanding, Intake, IntakeState, Taken, TypedCell

#: What a person may say of the file that lies under a name already.
ANSWERS = {"thay": FileStanding.REPLACED, "khac": FileStanding.KEPT}
LATER = FileStanding.ASKED
#: Inside the folder of uploads: what waits, what was taken back.
WAITING, TAKEN_BACK = ".cho", ".hoan-tac"
#: The folder of files that name several units themselves.
SEVERAL = "Nhiều đơn vị"
#: What is known of a file that was looked at, beside it.
LOOK = ".xem-truoc.json"
ENDINGS = TABLES | {".html", ".htm", ".xml", ".txt"}
LONGEST_NAME = 120  # characters of a name: fewer bytes than any file system allows
MOST_WAITING = 20  # files of one person
WAITS_AT_MOST = timedelta(days=30)
STAMP = "%Y%m%d-%H%M%S"


# Handing in


def receive(
    house: House, actor: Actor, source: str | None, name: str, content: Iterable[bytes]
) -> int:
    """The number of the file, which waits from now on. Raises Refused, with nothing left behind.

    A file that waits already is the same file.
    """
    actor.need(Right.INTAKE)
    to = intake.receiving(house, source or None)
    kept = harmless(name)
    _put_away_leftovers(house)
    mine = waiting(house, actor)
    if len(mine) >= MOST_WAITING:
        raise Refused(
            f"Đang có {len(mine)} tệp của bạn chờ xử lý.", "Nạp hoặc bỏ bớt các tệp đó trước."
        )
    number = house.store.intakes.hand_in(
        to.name, kept, unit=_only_unit(actor), by=actor.who, at=house.clock.now()
    )
    folder = _waiting_folder(house, number)
    try:
        sha256 = _write(house, folder, kept, content)
        same = next((one.id for one in mine if one.sha256 == sha256 and one.source == to.name), 0)
        if not same and (lies := house.store.intakes.same_content(to.name, sha256)):
            raise Refused(
                f"Nội dung giống hệt tệp «{lies.rpartition('/')[2]}» đã nạp; không nạp lần nữa."
            )
    except BaseException:
        _forget(house, number, folder)
        raise
    if same:
        _forget(house, number, folder)
        return same
    house.store.intakes.note(number, sha256=sha256)
    return number


def harmless(name: str) -> str:
    """The name as it may stand on a disk: no path, no control character, a known ending.

    Raises Refused.
    """
    text = unicodedata.normalize("NFC", PureWindowsPath(name.replace("\x00", "")).name)
    text = "".join(char for char in text if char.isprintable() and char not in '<>:"|?*')
    stem, ending = Path(text).stem.strip(" .~$"), Path(text).suffix
    if ending.casefold() not in ENDINGS:
        raise Refused(
            f"Không nhận loại tệp này: «{text[:LONGEST_NAME] or 'không tên'}».",
            "Lưu sổ thành .xlsx, .xls hoặc .csv rồi gửi lại.",
        )
    return f"{stem[: LONGEST_NAME - len(ending)] or 'so'}{ending}"


def _write(house: House, folder: Path, name: str, content: Iterable[bytes]) -> str:
    """Write the file as it comes, up to the limit; its sha256."""
    megabytes = house.settings.intake.max_upload_mb
    seen, size = hashlib.sha256(), 0
    folder.mkdir(mode=0o700, parents=True)
    with (folder / name).open("xb") as file:
        for chunk in content:
            size += len(chunk)
            if size > megabytes * 1_000_000:
                raise Refused(
                    f"Tệp lớn hơn {megabytes} MB.", "Tách sổ theo năm hoặc bỏ hình ảnh trong tệp."
                )
            seen.update(chunk)
            file.write(chunk)
    if not size:
        raise Refused("Tệp rỗng, không có dữ liệu.")
    return seen.hexdigest()


def _forget(house: House, number: int, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    house.store.intakes.note(number, state=IntakeState.DROPPED.value)


def _only_unit(actor: Actor) -> str:
    """The unit of somebody who has one; empty: several, or all."""
    return next(iter(actor.units)) if actor.units is not None and len(actor.units) == 1 else ""


# What waits


def waiting(house: House, actor: Actor) -> list[Intake]:
    """The actor's own files that wait, newest first."""
    actor.need(Right.INTAKE)
    return house.store.intakes.newest(
        limit=MOST_WAITING, units=(), by=actor.who, states=(IntakeState.WAITING,)
    )


def one_waiting(house: House, actor: Actor, number: int) -> Intake:
    """A file that waits: its owner's alone. Raises Unseen."""
    actor.need(Right.INTAKE)
    found = house.store.intakes.one(number)
    if found is None or found.by != actor.who or found.state is not IntakeState.WAITING:
        raise Unseen(str(number))
    return found


def unit_choices(house: House, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of the units that a file may be of."""
    if house.tables.units:
        today = house.clock.today()
        found = {one.code: one.name for one in house.tables.units.all if one.is_valid(today)}
    else:
        found = {name: name for file in house.store.readings.files() for name in file.units if name}
    mine = {code: name for code, name in found.items() if actor.sees(code)}
    return sorted(mine.items(), key=lambda one: one[1])


def choose_unit(house: House, actor: Actor, number: int, unit: str) -> None:
    """The file is of this unit, where it does not name another itself. Raises Refused, Unseen."""
    one_waiting(house, actor, number)
    if unit not in dict(unit_choices(house, actor)):
        raise Refused("Đơn vị này không có trong danh sách.", "Chọn lại đơn vị.")
    source, before = _read_as(house, number)
    house.store.intakes.note(number, unit=unit)
    _, after = _read_as(house, number)
    cells = house.store.typed_cells
    cells.move(source, before, after, by=actor.who, at=house.clock.now())
    _look_anew(house, number)


def fill(house: House, actor: Actor, number: int, typed: Mapping[str, str]) -> list[TypedCell]:
    """What a person typed for cells of the file, by mark, counts. Raises Refused, Unseen."""
    one = one_waiting(house, actor, number)
    look = seen(house, number)
    if look is None:
        raise Refused("Tệp đã được đọc lại.", "Tải lại trang rồi gõ lại.")
    source, file = _read_as(house, number)
    done = blanks.fill(house, actor, source, file, look.blanks, typed, one.unit)
    _look_anew(house, number)
    return done


def take_back(house: House, actor: Actor, number: int, cells: Sequence[int]) -> None:
    """What was typed for cells of the file counts no more. Raises Refused, Unseen."""
    one_waiting(house, actor, number)
    blanks.take_back(house, actor, cells)
    _look_anew(house, number)


def _read_as(house: House, number: int) -> tuple[str, str]:
    """Source and name under which a file that waits is read."""
    one = house.store.intakes.one(number)
    assert one is not None  # noqa: S101 - it waits
    return one.source, _place(
        house, one, intake.reader(house, intake.receiving(house, one.source))
    )[1]


def explain(
    house: House, actor: Actor, number: int, said: Sequence[tuple[str, str]]
) -> list[learned.Explained]:
    """Columns and their fields, remembered for the unit of the file. Raises Refused, Unseen."""
    one = one_waiting(house, actor, number)
    source = intake.receiving(house, one.source)
    unit = _named_unit(house, number) or one.unit
    whose = unit_key(house.tables.units.name(unit)) if unit else ""
    done = [learned.explained(label, field) for label, field in said]
    for each in done:
        learned.learn(house, actor, source, each, whose)
    _look_anew(house, number)
    return done


def _named_unit(house: House, number: int) -> str:
    """The one unit that the tables of a file name themselves."""
    known = seen(house, number)
    named = {table.unit for table in known.tables if table.unit} if known else set()
    return named.pop() if len(named) == 1 else ""


def drop(house: House, actor: Actor, number: int) -> None:
    """The person decides against a file; nothing of it is kept."""
    one_waiting(house, actor, number)
    _forget(house, number, _waiting_folder(house, number))


# Looking


def look(house: House, actor: Actor, number: int) -> UploadLook:
    """How the file would be understood; read in a child process, kept beside the file."""
    one = one_waiting(house, actor, number)
    source = intake.receiving(house, one.source)
    connector = intake.reader(house, source)
    path, file = _place(house, one, connector)
    preview = connector.preview_as(path, file)
    (effect,) = intake.rehearsed(house, [preview], FileStanding.ASKED)
    before = house.store.readings.memory(source.name).files.get(file)
    shrunk = "" if effect.problem else doubted(preview.snapshot, before).problem
    found = drawn(house, actor, preview, effect, shrunk)
    kept = path.parent / LOOK
    unfinished = kept.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(found))
    unfinished.replace(kept)
    return found


def seen(house: House, number: int) -> UploadLook | None:
    """What the last look at a file found; None: it was not looked at since it changed."""
    try:
        packed = (_waiting_folder(house, number) / LOOK).read_bytes()
        return msgspec.json.decode(packed, type=UploadLook)
    except (OSError, msgspec.DecodeError):
        return None


def _look_anew(house: House, number: int) -> None:
    (_waiting_folder(house, number) / LOOK).unlink(missing_ok=True)


# Taking in


def take(house: House, actor: Actor, number: int, word: FileStanding = FileStanding.ASKED) -> Taken:
    """What the file brought; it is read by every run from now on. Raises Refused, Unseen.

    ``word``: what the person says of the file that lies under its name.
    """
    one = one_waiting(house, actor, number)
    source = intake.receiving(house, one.source)
    connector = intake.reader(house, source)
    path, file = _place(house, one, connector)
    known = house.store.readings.memory(source.name).files if word is FileStanding.ASKED else {}
    snapshot = connector.read_as(path, file, known)
    _refuse(house, actor, snapshot)
    units = {claim.unit for claim in snapshot.claims}
    unit = units.pop() if len(units) == 1 else ""
    house.store.intakes.note(number, unit=unit)
    with intake.alone(house) as lease:
        taken = house.store.intakes.take(
            snapshot,
            by=actor.who,
            at=house.clock.now(),
            on=house.clock.today(),
            lease=lease,
            word=word,
            number=number,
        )
    _shelve(house, number, file)
    return taken


def _refuse(house: House, actor: Actor, snapshot: Snapshot) -> None:
    if not snapshot.complete:
        raise Refused(snapshot.problem)
    if snapshot.unchanged:
        raise Refused("Tệp này đã nạp, không có gì mới.")
    if unitless := sum(not claim.unit for claim in snapshot.claims):
        raise Refused(f"{words.number(unitless)} dòng chưa rõ đơn vị.", "Chọn đơn vị của tệp.")
    if others := strange(house, actor, snapshot.claims):
        raise Refused(
            f"Tệp có dòng của đơn vị không thuộc quyền của bạn: {', '.join(others)}.",
            "Tách các dòng đó ra, hoặc nhờ người của đơn vị đó nạp.",
        )


def undo(house: House, actor: Actor, number: int, *, reason: str) -> Intake:
    """The intake that was taken back; its file is read no more. Raises Refused, Unseen."""
    one = intake.undo(house, actor, number, reason=reason)
    _put_away_leftovers(house)
    return one


# Where files lie


def _waiting_folder(house: House, number: int) -> Path:
    return house.settings.uploads / WAITING / str(number)


def _place(house: House, one: Intake, connector: FileConnector) -> tuple[Path, str]:
    """Where the file lies, and under which name it is read."""
    folder = house.settings.uploads / one.source / _folder_name(house, one.unit)
    path = _waiting_folder(house, one.id) / one.name
    if not path.is_file():
        raise Refused("Tệp không còn trên máy chủ.", "Bỏ tệp này và gửi lại.")
    return path, connector.named(folder / one.name)


def _folder_name(house: House, unit: str) -> str:
    """The unit's name as a folder, from which readers know it."""
    name = house.tables.units.name(unit) if unit else SEVERAL
    return name.replace("/", " ").replace("\\", " ").strip(". ") or SEVERAL


def _shelve(house: House, number: int, file: str) -> None:
    """Move a file that was taken in to where every run reads it."""
    folder = _waiting_folder(house, number)
    (folder / LOOK).unlink(missing_ok=True)
    unit = (house.settings.folder / file).parent
    shelf = unit / DONE / f"{house.clock.today():%Y-%m-%d}"
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # somebody who found it left behind was quicker
        folder.rename(shelf / f"{house.clock.local():{STAMP}}-{number}")


def _put_away_leftovers(house: House) -> None:
    """Finish what a stopped process left half done: files that were taken in, or taken back.

    What waited too long is forgotten: it holds names.
    """
    uploads = house.settings.uploads
    oldest = house.clock.now() - WAITS_AT_MOST
    for left in house.store.intakes.newest(limit=1000, states=(IntakeState.WAITING,)):
        if left.at < oldest:
            _forget(house, left.id, _waiting_folder(house, left.id))
    for folder in _numbered(uploads.glob(f"{WAITING}/*")):
        one = house.store.intakes.one(int(folder.name))
        if one is not None and one.state is IntakeState.TAKEN:
            _shelve(house, one.id, one.path)
        elif one is None or one.state is not IntakeState.WAITING:
            shutil.rmtree(folder, ignore_errors=True)
    for undone in house.store.intakes.newest(limit=intake.PAGE, states=(IntakeState.UNDONE,)):
        for folder in uploads.glob(f"{glob.escape(undone.source)}/*/{DONE}/*/*-{undone.id}"):
            away = uploads / TAKEN_BACK / str(undone.id)
            away.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(OSError):
                folder.rename(away)


def _numbered(folders: Iterable[Path]) -> Iterator[Path]:
    return (folder for folder in folders if folder.name.isdecimal())
