"""Nạp sổ: a file is dropped, looked at on the screen, taken in, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response

from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs
from worker.desk import blanks, intake, upload_look, uploads
from worker.desk.actor import Right, Unseen
from worker.desk.refused import Refused

router = APIRouter(prefix="/nap-so")

Texts = Annotated[list[str] | None, Form()]
Named = Annotated[str, Form()]

CHUNK = 1 << 18
#: Seconds for which a page waits for a file to be read before it says that it waits.
PATIENCE = 1.5
#: Files are read one after the other: each may take its whole memory limit.
_readers = ThreadPoolExecutor(1, thread_name_prefix="nap-so")
#: By office, file and owner: what is being read, what is being taken in.
_reading: dict[tuple[str, int, str], Future[object]] = {}
_taking: dict[tuple[str, int, str], Future[object]] = {}


@router.get("", dependencies=[needs(Right.VIEW)])
def start(here: Here) -> Response:
    """What waits, what was taken in; a place to drop a file."""
    return _start(here)


@router.post("", dependencies=[needs(Right.INTAKE)])
def hand_in(
    here: Here, tep: UploadFile | None = None, nguon: Annotated[str, Form()] = ""
) -> Response:
    """Keep a file aside and look at it."""
    try:
        if tep is None or not tep.filename:
            raise Refused("Chưa chọn tệp.", "Kéo tệp vào ô, hoặc bấm vào ô để chọn.")
        number = uploads.receive(here.house, here.actor, nguon, tep.filename, _chunks(tep))
    except Refused as error:
        return _start(here, error=error)
    return redirect(here, f"/nap-so/tep/{number}")


def _chunks(file: UploadFile) -> Iterator[bytes]:
    while chunk := file.file.read(CHUNK):
        yield chunk


def _start(here: Visit, error: Refused | None = None) -> Response:
    may = here.actor.may(Right.INTAKE)
    past = intake.past(here.house, here.actor, before=_number(here, "sau"))
    return render(
        here,
        "intake_start.html",
        status=409 if error else 200,
        error=error,
        may=may,
        sources=intake.receivers(here.house) if may else [],
        waiting=uploads.waiting(here.house, here.actor) if may else [],
        past=past,
        after=past[-1].id if len(past) == intake.PAGE else "",
        limit=here.house.settings.intake.max_upload_mb,
    )


def _number(here: Visit, name: str) -> int | None:
    text = here.request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


# One file that waits


@router.get("/tep/{number}", dependencies=[needs(Right.INTAKE)])
def review(here: Here, number: int) -> Response:
    """How a file would be understood; while it is being read, a page that asks again."""
    job = _taking.get(_key(here, number))
    if job is not None:
        return _taken(here, number, job)
    try:
        return _review(here, number)
    except Unseen:
        intake.taken(here.house, here.actor, number)  # taken in meanwhile, or not there at all
        return redirect(here, f"/nap-so/{number}")


def _review(here: Visit, number: int, error: Refused | None = None) -> Response:
    one = uploads.one_waiting(here.house, here.actor, number)
    found = uploads.seen(here.house, number)
    if found is None:
        try:
            found = _read(here, number)
        except NotYet:
            return render(here, "intake_reading.html", number=number, doing="Đang đọc")
        except Refused as refused:
            error = refused
    return render(
        here,
        "intake_review.html",
        status=409 if error else 200,
        error=error,
        file=one,
        look=found,
        choices=uploads.unit_choices(here.house, here.actor),
        fields=upload_look.fields(),
        filled=blanks.standing_in(here.house, found.blanks) if found else {},
        unit_name=here.house.tables.units.name,
    )


def _read(here: Visit, number: int) -> upload_look.UploadLook | None:
    """Have the file read, and wait a moment for it. Raises NotYet, Refused."""
    key = _key(here, number)
    job = _reading.get(key)
    if job is None:
        job = _reading[key] = _readers.submit(uploads.look, here.house, here.actor, number)
    _wait(_reading, key, job)
    return uploads.seen(here.house, number)


def _key(here: Visit, number: int) -> tuple[str, int, str]:
    return str(here.house.settings.uploads), number, here.actor.who


def _wait(
    jobs: dict[tuple[str, int, str], Future[object]],
    key: tuple[str, int, str],
    job: Future[object],
) -> None:
    """Wait a moment for a job and forget it once it is done. Raises NotYet and what it raised."""
    try:
        job.result(PATIENCE)
    finally:
        if job.done():
            jobs.pop(key, None)


@router.post("/tep/{number}/don-vi", dependencies=[needs(Right.INTAKE)])
def choose_unit(here: Here, number: int, don_vi_so: Annotated[str, Form()] = "") -> Response:
    """The file is of this unit."""
    try:
        uploads.choose_unit(here.house, here.actor, number, don_vi_so)
    except Refused as error:
        return _review(here, number, error)
    return redirect(here, f"/nap-so/tep/{number}")


@router.post("/tep/{number}/cot", dependencies=[needs(Right.INTAKE)])
def explain(
    here: Here,
    number: int,
    cot: Annotated[list[str] | None, Form()] = None,
    truong: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Columns are these fields, remembered for the unit."""
    said = [(label, field) for label, field in zip(cot or [], truong or [], strict=False) if field]
    try:
        if not said:
            raise Refused("Chưa chọn cột nào là gì.", "Chọn ở danh sách bên cạnh cột.")
        done = uploads.explain(here.house, here.actor, number, said)
    except Refused as error:
        return _review(here, number, error)
    names = ", ".join(f"«{one.label}»" for one in done)
    return redirect(
        here, f"/nap-so/tep/{number}", f"Đã nhớ cột {names} cho các tệp sau của đơn vị."
    )


@router.post("/tep/{number}/o", dependencies=[needs(Right.INTAKE)])
def fill(here: Here, number: int, o: Texts = None, chu: Texts = None) -> Response:
    """What was typed in the place of cells of the file."""
    try:
        done = uploads.fill(here.house, here.actor, number, _typed(o, chu))
    except Refused as error:
        return _review(here, number, error)
    numbers = [one.id for one in done]
    return redirect(
        here,
        f"/nap-so/tep/{number}",
        _filled(len(done)),
        undo=(f"/nap-so/tep/{number}/o/rut", {"so": numbers}),
    )


@router.post("/tep/{number}/o/rut", dependencies=[needs(Right.INTAKE)])
def empty(here: Here, number: int, so: Annotated[list[int], Form()]) -> Response:
    """What was typed counts no more."""
    try:
        uploads.take_back(here.house, here.actor, number, so)
    except Refused as error:
        return _review(here, number, error)
    return redirect(here, f"/nap-so/tep/{number}", "Đã rút lại ô bổ sung.")


def _typed(marks: list[str] | None, texts: list[str] | None) -> dict[str, str]:
    return dict(zip(marks or [], texts or [], strict=False))


def _filled(count: int) -> str:
    return f"Đã bổ sung {count} ô; tệp giữ nguyên."


@router.post("/tep/{number}/nap", dependencies=[needs(Right.INTAKE)])
def take(here: Here, number: int, tra_loi: Annotated[str, Form()] = "") -> Response:
    """Have the file taken in; it is read once more for that."""
    key = _key(here, number)
    job = _taking.get(key)
    if job is None:
        uploads.one_waiting(here.house, here.actor, number)
        word = uploads.ANSWERS.get(tra_loi, uploads.LATER)
        job = _taking[key] = _readers.submit(uploads.take, here.house, here.actor, number, word)
    return _taken(here, number, job)


def _taken(here: Visit, number: int, job: Future[object]) -> Response:
    """On to what the file brought; while it is being taken in, a page that asks again."""
    try:
        _wait(_taking, _key(here, number), job)
    except NotYet:
        if here.request.method == "POST":
            return redirect(here, f"/nap-so/tep/{number}")
        return render(here, "intake_reading.html", number=number, doing="Đang nạp")
    except Refused as error:
        return _review(here, number, error)
    return redirect(here, f"/nap-so/{number}", "Đã nạp. Áp dụng từ lượt đối soát sau.")


@router.post("/tep/{number}/bo", dependencies=[needs(Right.INTAKE)])
def drop(here: Here, number: int) -> Response:
    """Nothing of the file is kept."""
    uploads.drop(here.house, here.actor, number)
    return redirect(here, "/nap-so", "Đã bỏ tệp, không nạp.")


# Cells of files that were taken in


@router.get("/o-trong", dependencies=[needs(Right.INTAKE)])
def blank_cells(here: Here, nguon: str, tep: str) -> Response:
    """The cells of a file that could not be read, in their place, with a box for each."""
    return _blank_cells(here, nguon, tep)


def _blank_cells(here: Visit, source: str, file: str, error: Refused | None = None) -> Response:
    found = None
    try:
        found = _readers.submit(blanks.of_file, here.house, here.actor, source, file).result()
    except Refused as refused:
        error = error or refused
    values: dict[str, Any] = {"found": found, "name": file.rpartition("/")[2], "error": error}
    return render(
        here,
        "intake_blanks.html",
        status=409 if error else 200,
        place={"nguon": source, "tep": file},
        **values,
    )


@router.post("/o-trong", dependencies=[needs(Right.INTAKE)])
def fill_taken(
    here: Here, nguon: Named, tep: Named, o: Texts = None, chu: Texts = None
) -> Response:
    """What was typed in the place of cells of a file that was taken in."""
    try:
        look = _readers.submit(blanks.of_file, here.house, here.actor, nguon, tep).result()
        cells = look.cells
        done = blanks.fill(here.house, here.actor, nguon, tep, cells, _typed(o, chu))
    except Refused as error:
        return _blank_cells(here, nguon, tep, error)
    query = urlencode({"nguon": nguon, "tep": tep})
    fields: dict[str, str | list[int]] = {"nguon": nguon, "tep": tep}
    undo = ("/nap-so/o-trong/rut", fields | {"so": [one.id for one in done]})
    told = f"{_filled(len(done))} Áp dụng từ lượt đối soát sau."
    return redirect(here, f"/nap-so/o-trong?{query}", told, undo=undo)


@router.post("/o-trong/rut", dependencies=[needs(Right.INTAKE)])
def empty_taken(here: Here, nguon: Named, tep: Named, so: Annotated[list[int], Form()]) -> Response:
    """What was typed counts no more, from the next run on."""
    try:
        blanks.take_back(here.house, here.actor, so)
    except Refused as error:
        return _blank_cells(here, nguon, tep, error)
    told = "Đã rút lại ô bổ sung; áp dụng từ lượt đối soát sau."
    return redirect(here, f"/nap-so/o-trong?{urlencode({'nguon': nguon, 'tep': tep})}", told)


# One intake


@router.get("/{number}", dependencies=[needs(Right.VIEW)])
def show(here: Here, number: int) -> Response:
    """What a file brought, and the way back."""
    return _show(here, number)


def _show(here: Visit, number: int, error: Refused | None = None) -> Response:
    one = intake.taken(here.house, here.actor, number)
    values: dict[str, Any] = {"one": one, "error": error, "may": here.actor.may(Right.INTAKE)}
    unit = here.house.tables.units.name(one.unit) if one.unit else ""
    status = 409 if error else 200
    return render(here, "intake_show.html", status=status, unit=unit, **values)


@router.post("/{number}/hoan-tac", dependencies=[needs(Right.INTAKE)])
def undo(here: Here, number: int, ly_do: Annotated[str, Form()] = "") -> Response:
    """Put back what the file replaced."""
    try:
        one = uploads.undo(here.house, here.actor, number, reason=ly_do)
    except Refused as error:
        return _show(here, number, error)
    told = f"Đã hoàn tác: những gì tệp «{one.name}» thay được tính lại từ lượt đối soát sau."
    return redirect(here, f"/nap-so/{number}", told)
