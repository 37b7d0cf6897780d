"""Files laid over others under one name: what is asked of a person, in Vietnamese."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.versions import Doubt
from worker import words
from worker.store import FileFacts, Taken

#: Units that one question names; the rest is counted.
MOST_NAMED = 3
#: How the part of a question begins that says what to do.
TO_DO = "Tệp mới thay tệp cũ:"
_WHY = {
    Doubt.UNIT: "tệp mới là của đơn vị khác",
    Doubt.REGISTER: "tệp mới là loại sổ khác",
    Doubt.WINDOW: "tệp mới thuộc khoảng ngày khác",
    Doubt.ROWS: "chưa đến một nửa số dòng cũ có lại trong tệp mới",
    Doubt.PART: "tệp mới không nói tới đơn vị, loại sổ hoặc khoảng ngày của các dòng này",
}


def questions(files: Iterable[FileFacts]) -> list[str]:
    """What is asked of files that gave their name to another, one sentence a file, sorted."""
    return [_question(one) for one in sorted(files, key=lambda one: one.path) if one.asks]


def _commands(file: str) -> str:
    """With which a person says what it is."""
    name = f'doisoat import "{file}"'
    return f"{TO_DO} {name} --replaces. Là hai sổ khác nhau: {name} --another"


def strays(files: Iterable[FileFacts]) -> list[str]:
    """Files that were never a list, as one sentence each."""
    there = sorted((one for one in files if one.present and one.is_stray), key=lambda one: one.path)
    return [f"{one.path}: không phải sổ hay danh sách hồ sơ, bỏ qua." for one in there]


def _question(one: FileFacts) -> str:
    units = ", ".join(one.units[:MOST_NAMED])
    if len(one.units) > MOST_NAMED:
        units += f" và {words.number(len(one.units) - MOST_NAMED)} đơn vị khác"
    of = f" của {units}" if units else ""
    told = why(one.doubt)
    if one.doubt == Doubt.PART:
        what = f"{words.number(one.rows)} dòng{of} không còn trong tệp"
    else:
        what = f"một tệp khác đã chép đè lên {words.number(one.rows)} dòng{of}"
    return (
        f"{one.lay_as}: {what} từ ngày {words.day(one.aside_on)}; {told}. Các dòng cũ vẫn được "
        f"giữ làm căn cứ cho đến khi có người trả lời. {_commands(one.lay_as)}"
    )


def told(intake: Taken) -> str:
    """What was kept beside a file that was just taken in, and what is asked of it."""
    return (
        f"{why(intake.doubt)}; {words.number(intake.kept)} dòng đọc trước đây vẫn được giữ làm căn "
        f"cứ. {_commands(intake.file)}"
    )


def why(doubt: str) -> str:
    """Why a file is not taken for a newer version."""
    return _WHY[Doubt(doubt)]
