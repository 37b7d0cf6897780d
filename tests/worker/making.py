"""Invented claims, snapshots and decisions: a test names only what matters to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from reconcile.cases import Link, LinkState, Method, Reason, Rival
from reconcile.claims import (
    Claim,
    Place,
    Procedure,
    RegisterType,
    Role,
    Snapshot,
    Status,
    row_key,
)
from reconcile.findings import Kind, finding_id
from reconcile.lifecycle import Change, Discrepancy, State
from worker.store import Store
from worker.store.tables import status_step

NOW = datetime(2024, 4, 1, 1, 30, tzinfo=UTC)
TODAY = date(2024, 4, 1)
LATER = date(2024, 4, 9)


def status_history(store: Store, key: str) -> list[tuple[date, Status | None]]:
    """Each status that a source gave the dossier, and the day on which it was read first; None:
    it took the dossier back."""
    query = select(status_step).where(status_step.c.key == key).order_by(status_step.c.id)
    steps = store.database.read(lambda connection: connection.execute(query).all())
    first = [(steps[0].before_on, Status(steps[0].before))] if steps else []
    return [*first, *((one.day, None if one.after is None else Status(one.after)) for one in steps)]


def dossier(number: int, source: str = "motcua", *, file: str = "", **more: Any) -> Claim:
    """A dossier of the one-stop software."""
    code = f"000.15.H11-240102-{number:04}"
    facts = {
        "own_code": code,
        "procedure": Procedure.BIRTH,
        "unit": f"Xã Mẫu {number % 3}",
        "subject": f"Nguyễn Thị Mẫu {number}",
        "received_on": date(2024, 1, 2),
        "status": Status.PROCESSING,
        "raw_status": "Đang xử lý",
        "places": (Place(file or f"inbox/{source}.xlsx", "Sheet1", number + 2),),
    }
    return Claim(key=f"{source}:{code}", source=source, role=Role.ONE_STOP, **(facts | more))


def register_row(number: int, *, file: str = "inbox/so.xlsx", row: int = 0, **more: Any) -> Claim:
    """A row of a paper register, known by its content."""
    facts = {
        "subject": f"Trần Văn Mẫu {number}",
        "returned_on": date(2024, 1, 20),
        "register_type": RegisterType.TRACKING,
        "places": (Place(file, "Sổ 1", row or number + 5),),
    }
    return Claim(
        key=row_key("so-giay", [str(number)], 0),
        source="so-giay",
        role=Role.REGISTER,
        **(facts | more),
    )


def snapshot(claims: Iterable[Claim] = (), *, content: str = "1", **more: Any) -> Snapshot:
    """One complete reading of one file; ``content`` stands for the file's bytes."""
    held = tuple(claims)
    first = held[0] if held else dossier(0)
    file = first.places[0].file
    facts = {
        "source": first.source,
        "role": first.role,
        "file": file,
        "sha256": f"sha-{content}",
        "fingerprint": f"print-{content}",
        "rows": len(held),
        "claims": held,
    }
    return Snapshot(**(facts | more))


def broken(of: Snapshot, problem: str = "Tệp bị cắt ngang") -> Snapshot:
    """The same file, that could not be read this time."""
    return replace(
        of, complete=False, problem=problem, claims=(), rows=0, fingerprint="", sha256=""
    )


def unchanged(of: Snapshot) -> Snapshot:
    return replace(of, unchanged=True, claims=(), rejected=())


def link(row: Claim, to: Claim | None, **more: Any) -> Link:
    facts = {
        "method": Method.CODE if to else Method.NONE,
        "probability": 1.0 if to else 0.0,
        "decision": LinkState.AUTO if to else LinkState.NONE,
        "rival": Rival("motcua:x", 0.25),
        "reasons": (Reason("mã hồ sơ", "khớp", 12.5),),
    }
    return Link(row=row.key, dossier=to.key if to else None, **(facts | more))


def discrepancy(anchor: str = "motcua:1", **more: Any) -> Discrepancy:
    kind = Kind.RETURNED_STILL_PENDING
    facts = {
        "id": finding_id(kind, anchor),
        "kind": kind,
        "anchor": anchor,
        "unit": "Xã Mẫu 1",
        "state": State.OPEN,
        "first_seen": TODAY,
        "procedure": Procedure.BIRTH.value,
    }
    return Discrepancy(**(facts | more))


def step(after: Discrepancy, before: State | None = None, **more: Any) -> Change:
    """The change that leads to ``after``."""
    facts = {
        "id": after.id,
        "before": before,
        "after": after.state,
        "at": NOW,
        "by": "doisoat",
        "reason": "có bằng chứng giấy",
        "discrepancy": after,
    }
    return Change(**(facts | more))
