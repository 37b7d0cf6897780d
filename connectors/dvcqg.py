"""``dvcqg``: Cổng Dịch vụ công quốc gia, asked through the province's data-sharing adapter.

There is no list: every dossier that the office knows is looked up by its own code, then by the
national one (``TraCuuHoSo``). What the portal does not know proves nothing about what it holds.
Wire facts: the session goes into the body and lives some minutes; ``error_code`` is a number or
text; the answer's fields are not public, so their names may be set; ids may be placeholders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from config.folding import fold
from config.office_tables import Tables
from config.sources import DvcqgSource
from connectors.connector import Codes, Memory
from connectors.errors import SourceGarbled, SourceRefused
from connectors.network.answers import told
from connectors.network.lookups import Heard, Lookups
from connectors.network.sessions import Session, SessionOver
from connectors.network.transport import Ask, Patience, Transport, by_json
from connectors.politeness import Budget
from connectors.said import Said
from reconcile.claims import Snapshot
from reconcile.text import codes

#: Words of an error that means: log in again.
OVER = ("session", "phien", "token", "dang nhap", "het han")
NOT_THERE = ("khong tim thay", "khong ton tai", "khong co du lieu", "not found")


class Login(msgspec.Struct):
    session: Any = None
    error_code: Any = None


class LookupAnswer(msgspec.Struct):
    """What TraCuuHoSo answers; the dossiers are read by name, whatever the case."""

    result: list[dict[str, Any]] | dict[str, Any] | None = None
    error_code: Any = None
    message: Any = None


class DvcqgConnector:
    """Asks for one dossier after the other, several at a time."""

    def __init__(
        self, source: DvcqgSource, tables: Tables, patience: Patience | None = None
    ) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """A snapshot a batch."""
        lookups = Lookups(self.source, self.tables, memory)
        with self._transport(memory.budget) as transport:
            session = Session(lambda: self._login(transport))
            session.ticket()  # nothing to ask is no proof that the portal answers

            def heard(one: Codes) -> Heard:
                said = self._ask(transport, session, one)
                return (one,), () if said is None else (said,)

            answers = transport.all(lookups.codes, heard)
            yield from lookups.snapshots(answers, len(lookups.codes))

    def knock(self) -> str:
        """Log in."""
        with self._transport() as transport:
            try:
                self._login(transport)
            except SessionOver:
                raise SourceRefused("Cổng từ chối đăng nhập.") from None
        return "Đăng nhập được; Cổng chỉ tra từng mã, không có danh sách."

    def _transport(self, budget: Budget | None = None) -> Transport:
        return Transport(self.source, self.source.adapter_url, self.patience, budget)

    # The wire

    def _login(self, transport: Transport) -> tuple[str, float]:
        secret = self.source.password.get_secret_value() if self.source.password else ""
        body = {"username": self.source.username, "password": secret}
        answer = transport.login(self._post(self.source.auth_endpoint, body), Login)
        if not answer.session or not _is_well(answer.error_code):
            raise SessionOver
        return told(answer.session), self.source.session_minutes * 60.0

    def _post(self, endpoint: str, body: Mapping[str, str]) -> Ask:
        url = f"{self.source.adapter_url}{endpoint}"
        if self.source.dstcode_in == "header":
            return by_json(url, body, dstcode=self.source.dstcode)
        return by_json(url, body, [("dstcode", self.source.dstcode)])

    def _ask(self, transport: Transport, session: Session, one: Codes) -> Said | None:
        """The portal's copy of a dossier, by its own code or else by the national one."""
        for code in filter(None, (one.own, one.national)):
            answer = self._look_up(transport, session, code)
            wanted = {codes.normal(each) for each in (one.own, one.national) if each}
            for item in reversed(answer):
                said = self._said(item, code)
                if wanted & {codes.normal(said.own_code), codes.normal(said.national_code)}:
                    return said
        return None

    def _look_up(
        self, transport: Transport, session: Session, code: str
    ) -> Sequence[Mapping[str, Any]]:
        def asking(token: str) -> Ask:
            question = {"madonvi": self.source.madonvi, "service": "TraCuuHoSo", "mahoso": code}
            return self._post(self.source.share_endpoint, {"session": token} | question)

        answer = transport.answer_in(session, asking, LookupAnswer, _check)
        if answer.result is None:
            return ()
        return [answer.result] if isinstance(answer.result, dict) else answer.result

    def _said(self, item: Mapping[str, Any], asked: str) -> Said:
        named = {fold(key): value for key, value in item.items()}
        renamed = {fold(ours): fold(theirs) for ours, theirs in self.source.fields.items()}

        def text(name: str) -> str:
            value = named.get(renamed.get(fold(name), fold(name)))
            return told(value)

        identity = named.get(renamed.get("dinhdanhchs", "dinhdanhchs"))
        return Said(
            own_code=text("MaHoSo") or asked,
            national_code=text("MaHoSoKhac"),
            procedure_code=text("MaTTHC"),
            procedure_name=text("TenTTHC"),
            unit=text("DonViXuLy"),
            applicant=text("ChuHoSo"),
            applicant_id=text("SoGiayToChuHoSo") or _identity(identity),
            channel=text("KenhThucHien"),
            submitted_on=text("NgayNopHoSo"),
            received_on=text("NgayTiepNhan"),
            due_on=text("NgayHenTra"),
            finished_on=text("NgayKetThucXuLy"),
            returned_on=text("NgayTra"),
            statuses=(text("TrangThaiHoSo"),),
            note=text("TrichYeuHoSo"),
        )


def _identity(said: Any) -> str:
    """The first id of the list ``DinhDanhCHS``."""
    if isinstance(said, list) and said and isinstance(said[0], dict):
        return told(said[0].get("SoDinhDanh"))
    return ""


def _is_well(code: Any) -> bool:
    return told(code).strip() in ("0", "")


def _check(answer: LookupAnswer) -> None:
    """An error of the portal: log in again, nothing found, or a refusal."""
    if _is_well(answer.error_code):
        if answer.result is None:
            raise SourceGarbled("Cổng trả lời không có phần kết quả (result).", "result")
        return
    said = fold(told(answer.message))
    if any(word in said for word in NOT_THERE):
        answer.result = []
    elif any(word in said for word in OVER):
        raise SessionOver
    else:
        raise SourceRefused(f"Cổng báo lỗi, mã {_safe(answer.error_code)}.")


def _safe(code: Any) -> str:
    text = told(code)
    return text if len(text) <= 6 and text.lstrip("-").isalnum() else "lạ"
