"""What a person asks of an office of a million claims: seconds and memory of each command.

The claims are invented and written straight into the store, with links, findings as rows and mails;
each command is a process of its own, as a person starts it, at the settings that an office has.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import Connection, insert

from bench.memory import run_measured
from bench.report import Section, number, table
from reconcile.cases import Link, LinkState, Method
from reconcile.claims import Claim, Place, Procedure, RegisterType, Role, Status, row_key
from reconcile.findings import Kind, finding_id
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.scope import Scope
from reconcile.steps import Step
from reconcile.text import codes
from tests.simulators.people import FAMILIES
from tests.worker.making import NOW
from tests.worker.office import make
from worker.reports.known import KnownDiscrepancy
from worker.reports.machine import FindingLine, LinkOf
from worker.reports.work import WorkRow
from worker.store import Store, claims, codec
from worker.store.findings import FoundRows, StoredFinding
from worker.store.mail_tables import outbox
from worker.store.pairs import AskedRows
from worker.store.tables import source_file

DOSSIERS, ROWS = 600_000, 400_000
DOUBTFUL, OPEN, MAILS = 4_000, 60_000, 2_000
SEED = 29
BATCH = 20_000
DAY = date(2024, 3, 31)
ROOT = Path(__file__).resolve().parent.parent
MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Ngọc", "Thảo", "Quốc", "Gia", "Bảo", "Kim")
GIVEN = ("An", "Bình", "Châu", "Dung", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc",
         "Quân", "Sơn", "Tâm", "Uyên", "Việt", "Xuân", "Yến", "Đạt")  # fmt: skip
START = "from worker.cli import main; main()"


@dataclass(frozen=True)
class Invented:
    """The dossiers and rows of an office, the same for the same seed; ``unit`` is how a number
    becomes a unit."""

    seed: int = SEED
    unit: str = "Xã Mẫu {}"

    def dossiers(self) -> Iterator[Claim]:
        rng = Random(self.seed)
        for at in range(DOSSIERS):
            received = DAY - timedelta(days=rng.randrange(1800))
            code = f"H11.{at % 90 + 10}-{received:%y%m%d}-{at % 10_000:04}"
            yield Claim(
                key=f"motcua:{code}.{at}",
                source="motcua",
                role=Role.ONE_STOP,
                own_code=code,
                procedure=Procedure.BIRTH,
                unit=self.unit.format(at % 90),
                subject=_name(rng),
                mother=_name(rng),
                received_on=received,
                due_on=received + timedelta(days=3),
                status=Status.PROCESSING,
                raw_status="Đang xử lý",
                places=(Place("inbox/motcua/a.xlsx", "Sheet1", at + 2),),
            )

    def rows(self) -> Iterator[Claim]:
        rng = Random(self.seed + 1)
        for at in range(ROWS):
            yield Claim(
                key=row_key("so-giay", [str(at)], 0),
                source="so-giay",
                role=Role.REGISTER,
                unit=self.unit.format(at % 90),
                subject=_name(rng),
                mother=_name(rng),
                returned_on=DAY - timedelta(days=rng.randrange(1800)),
                register_type=RegisterType.TRACKING,
                places=(Place("inbox/so-giay/a.xlsx", "Sổ 1", at + 5),),
            )


def _name(rng: Random) -> str:
    return f"{rng.choice(FAMILIES)} {rng.choice(MIDDLE)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"


def fill(store: Store, said: Invented | None = None) -> str:
    """All that an office of that size remembers; the code of a dossier that has a finding."""
    said = said or Invented()
    dossiers = list(islice(said.dossiers(), OPEN))
    rows = list(islice(said.rows(), OPEN))
    _claims(store, "motcua", Role.ONE_STOP, said.dossiers())
    _claims(store, "so-giay", Role.REGISTER, said.rows())
    known = [_discrepancy(one) for one in dossiers]
    store.runs.begin("r1", "cli", Scope(as_of=DAY), at=NOW)
    links = [_link(at, row, to) for at, (row, to) in enumerate(zip(rows, dossiers, strict=True))]
    doubts = [link for link in links if link.decision is LinkState.REVIEW]
    asked = AskedRows(doubts, (), {row.key: row.unit for row in rows})
    store.decisions.apply(
        links,
        [Change(one.id, None, State.OPEN, NOW, "doisoat", "phát hiện", one) for one in known],
        run_id="r1",
        judged=DAY,
        found=FoundRows([_finding(*x) for x in zip(known, dossiers, strict=True)], {}, asked),
    )
    store.runs.finish("r1", at=NOW, exit_code=0)
    store.database.write(_mails)
    return dossiers[OPEN // 2].own_code


def _claims(store: Store, source: str, role: Role, said: Iterator[Claim]) -> None:
    path = f"inbox/{source}/a.xlsx"
    file = {"source": source, "path": path, "role": role.value, "fingerprint": "x", "rows": 1}

    def act(connection: Connection) -> int:
        made = insert(source_file).values(**file, answered=True, read_at=NOW)
        return int(connection.execute(made.returning(source_file.c.id)).scalar_one())

    file_id = store.database.write(act)
    while batch := list(islice(said, BATCH)):
        stored = codec.store(batch)
        store.database.write(
            lambda connection, stored=stored: claims.add_claims(connection, file_id, stored, DAY)
        )


def _link(at: int, row: Claim, to: Claim) -> Link:
    doubtful = at < DOUBTFUL
    decision = LinkState.REVIEW if doubtful else LinkState.AUTO
    return Link(row.key, to.key, Method.PEOPLE, 0.8 if doubtful else 0.99, decision)


def _discrepancy(of: Claim) -> Discrepancy:
    kind = Kind.RETURNED_STILL_PENDING
    name = finding_id(kind, of.key)
    return Discrepancy(name, kind, of.key, of.unit, State.OPEN, DAY, of.procedure.value, DAY)


def _finding(one: Discrepancy, of: Claim) -> StoredFinding:
    """Cells as long as a report's; what they say does not matter here."""
    row = WorkRow(
        id=one.id, unit=one.unit, kind=one.kind.value, state="Chưa xử lý", waived=False,
        label="Đã trả kết quả, phần mềm chưa kết thúc", code=of.own_code, national_code="",
        procedure="Đăng ký khai sinh", person="N.V.A.", received_on=of.received_on,
        due_on=of.due_on, ready_on=None, returned_on=of.due_on, status="Một cửa: Đang xử lý",
        stuck="Một cửa", days=40, days_late=0, evidence="Sổ theo dõi, số 12, trang 3",
        remedy="Kết thúc trên phần mềm, ngày trả theo sổ", fact="Ngày trả", place="a.xlsx › 12",
        first_seen=one.first_seen, closing=True, todo=True, shelf=1, step=Step.END,
    )  # fmt: skip
    line = FindingLine(
        id=one.id, kind=one.kind.value, unit=one.unit, procedure=one.procedure,
        open_in=("one_stop",), codes={"one_stop": of.own_code}, recorded={}, register=(),
        proof="register", received_on=of.received_on, due_on=of.due_on, returned_on=of.due_on,
        registered_on=None, late=False, days_open=40, link=LinkOf("code", 1.0),
        state=one.state.value, first_seen=one.first_seen, remedy=row.remedy, national_code="",
        strength=None, variant="", missing_fact="", waits_for="", book="", weak=False, count=1,
        other="",
    )  # fmt: skip
    payload = msgspec.json.encode(KnownDiscrepancy(row, line))
    key = codes.normal(of.own_code)
    return StoredFinding(one.id, one.unit, one.kind.value, key, "", of.due_on, payload)


def _mails(connection: Connection) -> None:
    body = msgspec.json.encode({"subject": "s", "text": "t" * 20_000, "html": "h" * 20_000})
    mails = [
        {"dedupe_key": f"{at}", "kind": "opened", "recipient": "a@example.vn", "day": DAY,
         "payload": body, "message_id": f"{at}", "state": "sent", "created_at": NOW,
         "next_at": NOW, "attempts": 1, "token": 1, "lease_until": 0.0, "reply": "", "run_id": ""}
        for at in range(MAILS)
    ]  # fmt: skip
    connection.execute(insert(outbox), mails)


def section() -> Section:
    with tempfile.TemporaryDirectory(prefix="doisoat-bench-", dir="/tmp") as name:
        office = make(Path(name) / "office")
        url = f"sqlite:///{office.folder}/data/doisoat.db"
        started = time.perf_counter()
        store = Store.open(url)
        code = fill(store)
        store.close()
        filled = time.perf_counter() - started
        return asked(office.folder, code, filled)


def asked(folder: Path, code: str, filled: float, rounds: int = 3) -> Section:
    """The commands, one after another, of an office that was filled in so many seconds."""
    names = ("Nguyễn Văn Minh An", "nguyen")
    commands = {
        "`find` a code": ["find", code],
        **{f"`find` “{text}”": ["find", text] for text in names},
        "`findings list`": ["findings", "list"],
        "`findings show` a code": ["findings", "show", code],
        "`review list`": ["review", "list"],
        "`status`": ["status"],
        "nothing: `--help`": ["--help"],
    }
    rows = [[title, *_asked(folder, words, rounds)] for title, words in commands.items()]
    return Section(
        "asking",
        "What a person asks of 1,000,000 claims",
        [
            f"{number(DOSSIERS, 0)} dossiers, {number(ROWS, 0)} register rows, {number(OPEN, 0)}",
            f"links and open discrepancies, {number(DOUBTFUL, 0)} doubtful pairs,",
            f"{number(MAILS, 0)} mails, in one SQLite file, written in {number(filled, 0)} s. Each",
            f"command is a process of its own, the fastest of {rounds}; the start of the program",
            "alone stands in the last line.",
            "",
            *table(["asked", "wall clock, s", "processor, s", "peak, MiB"], rows),
        ],
    )


def _asked(folder: Path, words: list[str], rounds: int) -> tuple[str, str, str]:
    """Of the fastest round: the others paid for what else the machine did."""
    options = [] if "--help" in words else ["--config", str(folder / "doisoat.toml")]
    command = [sys.executable, "-c", START, *words, *options]
    usages = [run_measured(command, cwd=ROOT) for _ in range(rounds)]
    assert all(one.exit_code == 0 for one in usages), usages[0].stderr
    best = min(usages, key=lambda one: one.seconds)
    peak = max(one.peak_mib for one in usages)
    return number(best.seconds, 2), number(best.processor, 2), number(peak, 0)
