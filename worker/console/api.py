"""The read-only API: figures, findings, runs and coverage as JSON, for programs with a token.

The same scopes as the pages: a token of some units reads those units, and nothing else is there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException as StarletteError

from reconcile.kinds import Kind
from worker.desk import for_programs, overview, runs, tokens
from worker.desk.actor import Actor, Unseen
from worker.desk.refused import Refused
from worker.house import House

PREFIX = "/api/v1"
#: Requests that a token may make in a minute.
PER_MINUTE = 120
LARGEST_PAGE = 500


class ApiError(BaseModel):
    """What went wrong, in Vietnamese."""

    error: str


class RunOut(BaseModel):
    """One run: what was asked, how it stands. ``read_in_full`` null: it is not done."""

    model_config = ConfigDict(title="Run")
    id: str
    state: str
    trigger: str
    period_from: date | None
    period_to: date | None
    as_of: date
    units: list[str] | None
    started: datetime
    finished: datetime | None
    read_in_full: bool | None


class RunsOut(BaseModel):
    """A page of the runs, newest first; ``after`` is the key of the next page, null at the end."""

    runs: list[RunOut]
    after: str | None


class FiguresOut(BaseModel):
    """The figures of the newest run, shaped as ``statistics.json``: of the office (null for a token
    of some units) and by unit."""

    run: str
    as_of: date
    period: dict[str, Any]
    all: dict[str, Any] | None
    by_unit: dict[str, Any]


class FindingOut(BaseModel):
    """One discrepancy that is not settled: codes and initials, never a name."""

    id: str
    kind: str
    label: str
    unit: str
    state: str
    code: str
    national_code: str
    person: str
    received_on: date | None
    due_on: date | None
    returned_on: date | None
    remedy: str


class FindingsOut(BaseModel):
    """A page of them, by unit; ``total`` is the length of the whole list."""

    findings: list[FindingOut]
    after: str | None
    total: int


class UnitCoverage(BaseModel):
    """What a source proves of one unit."""

    unit: str
    complete: bool
    covers_from: date | None
    covers_to: date | None
    declared_until: date | None


class SourceCoverageOut(BaseModel):
    """What a source covers; ``units`` are those that the token sees."""

    name: str
    role: str
    complete: bool
    covers_from: date | None
    covers_to: date | None
    units: list[UnitCoverage]


class CoverageOut(BaseModel):
    """Every configured source."""

    sources: list[SourceCoverageOut]


class ReaderTurns:
    """How often each token asked within a minute; kept in this process alone."""

    def __init__(self, most: int = PER_MINUTE, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._now = most, now
        self._lock = threading.Lock()
        self._minute, self._count = 0, dict[str, int]()

    def wait(self, who: str) -> int:
        """Seconds until the token may ask again; 0: it may now, and has done so."""
        with self._lock:
            at = self._now()
            if int(at // 60) != self._minute:
                self._minute, self._count = int(at // 60), {}
            if self._count.get(who, 0) >= self._most:
                return 60 - int(at % 60)
            self._count[who] = self._count.get(who, 0) + 1
            return 0


bearer = HTTPBearer(auto_error=False, description="Mã truy cập do người quản trị cấp.")


def _reader(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> tuple[House, Actor]:
    """The office and whose token it is."""
    house: House = request.app.state.kept.house()
    actor = tokens.whose(house, given.credentials) if given is not None else None
    if actor is None:
        raise HTTPException(401, "Thiếu mã truy cập, hoặc mã đã hết hiệu lực.")
    if wait := request.app.state.turns.wait(actor.who):
        raise HTTPException(429, "Hỏi quá dày; thử lại sau.", {"Retry-After": str(wait)})
    return house, actor


Reader = Annotated[tuple[House, Actor], Depends(_reader)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Nhiều nhất bao nhiêu dòng.")]
After = Annotated[
    str, Query(max_length=200, pattern=r"^[\w:.|#/-]*$", description="Khóa của trang trước.")
]
_FAILURES: Mapping[int | str, dict[str, Any]] = {
    code: {"model": ApiError} for code in (401, 404, 422, 429)
}
router = APIRouter(responses=dict(_FAILURES))


@router.get("/figures", response_model=FiguresOut, summary="Số liệu của lượt mới nhất")
def get_figures(reader: Reader) -> FiguresOut:
    found = for_programs.figures(*reader)
    if found is None:
        raise HTTPException(404, "Chưa có số liệu.")
    return FiguresOut(
        run=found.run.id,
        as_of=found.run.scope.as_of,
        period=found.period,
        all=found.all,
        by_unit=found.by_unit,
    )


@router.get("/findings", response_model=FindingsOut, summary="Việc chưa khớp")
def get_findings(
    reader: Reader,
    unit: Annotated[str | None, Query(max_length=100)] = None,
    kind: Kind | None = None,
    after: After = "",
    limit: Limit = 100,
) -> FindingsOut:
    house, actor = reader
    units = None if unit is None else actor.within({unit})
    if units is not None and not units:
        raise HTTPException(404, "Không có đơn vị này.")
    found = for_programs.findings(house, actor, units=units, kind=kind, after=after, limit=limit)
    return FindingsOut(
        findings=[FindingOut(**asdict(one)) for one in found.findings],
        after=found.after or None,
        total=found.total,
    )


@router.get("/runs", response_model=RunsOut, summary="Các lượt đối soát")
def get_runs(reader: Reader, after: After = "", limit: Limit = 50) -> RunsOut:
    found = runs.past(*reader, after=after, limit=limit)
    return RunsOut(runs=[_run(one) for one in found.runs], after=found.after or None)


@router.get("/runs/{run_id}", response_model=RunOut, summary="Một lượt")
def get_run(reader: Reader, run_id: str) -> RunOut:
    return _run(runs.as_it_is(*reader, run_id).past)


@router.get("/coverage", response_model=CoverageOut, summary="Mỗi nguồn đã đọc đủ những gì")
def get_coverage(reader: Reader) -> CoverageOut:
    return CoverageOut(
        sources=[
            SourceCoverageOut(
                name=one.name,
                role=one.role,
                complete=one.facts.answered,
                covers_from=one.facts.starts,
                covers_to=one.facts.ends,
                units=[
                    UnitCoverage(
                        unit=unit.unit,
                        complete=unit.answered,
                        covers_from=unit.starts,
                        covers_to=unit.ends,
                        declared_until=unit.declared_until,
                    )
                    for unit in one.units
                ],
            )
            for one in overview.sources(*reader)
        ]
    )


def _run(one: runs.PastRun) -> RunOut:
    run = one.run
    units = run.scope.units
    return RunOut(
        id=run.id,
        state=run.state.value,
        trigger=run.trigger,
        period_from=run.scope.starts,
        period_to=run.scope.ends,
        as_of=run.scope.as_of,
        units=None if units is None else sorted(units),
        started=run.started,
        finished=run.finished,
        read_in_full=one.is_whole if run.finished is not None else None,
    )


def make_api(kept: Any) -> FastAPI:
    """The API over a kept house (``worker.house.KeptHouse``); it is mounted at ``PREFIX``."""
    app = FastAPI(
        title="doisoat",
        version="1",
        description="Chỉ đọc. Không có họ tên, chỉ chữ cái đầu.",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
    )
    app.state.kept = kept
    app.state.turns = ReaderTurns()
    app.include_router(router)
    app.add_exception_handler(Unseen, lambda _r, _e: _failure(404, "Không có."))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, lambda _r, _e: _failure(422, "Sai tham số."))
    app.add_exception_handler(StarletteError, _told)
    return app


def _failure(status: int, said: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": said}, status, headers)


def _refused(_request: Request, error: Exception) -> Response:
    return _failure(422, str(error))


def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteError)  # noqa: S101 - registered for it
    said = "Không có." if error.status_code == 404 and error.detail == "Not Found" else error.detail
    return _failure(error.status_code, said, error.headers)
