"""What the paper proves of a case: registration, hand-over, or nothing.

The rules are those of the reconciliation model, section 2. Registration proves the end of
processing on that day; a hand-over proves only that processing had ended by then, for people
collect late.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from reconcile.cases import ANCHOR_ORDER, Case, Link, LinkedRow, Method
from reconcile.claims import ENDED_BADLY, Claim, Origin, Procedure, RegisterType, Role
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.findings import Proof, Strength
from reconcile.policy import Policy
from reconcile.scope import Scope
from reconcile.text.syllables import bare

#: What a note must say so that a return date is no proof. ``chuyển bưu điện`` is a way of handing
#: over and ``rút ngắn`` a way of hurrying: neither blocks.
_BLOCKS = (
    r"từ chối",
    r"(?:trả lại|hoàn trả)(?: \w+){0,2} (?:hồ sơ|hs)",
    r"bổ sung",
    r"rút(?! ngắn| gọn| kinh nghiệm)",
    r"xin lỗi",
    r"hẹn(?: \w+){0,4} lại",
    r"chuyển(?!(?: \w+){0,3} (?:bưu|bcci|vnpost)| phát)(?: \w+){0,3} "
    r"(?:cơ quan|đơn vị|công an|bhxh|bảo hiểm xã hội|ubnd|ủy ban|uỷ ban|sở tư pháp|phòng tư pháp)",
)
#: The books by their names, as an official reads them.
REGISTERS = {
    RegisterType.TRACKING: "Sổ theo dõi hồ sơ",
    RegisterType.BIRTHS: "Sổ đăng ký khai sinh",
    RegisterType.DEATHS: "Sổ đăng ký khai tử",
    RegisterType.SLIPS: "Giấy tiếp nhận đã quét",
}
_BOOK_CLASSES = {RegisterType.BIRTHS: Procedure.BIRTH, RegisterType.DEATHS: Procedure.DEATH}
_ORDER = tuple(Strength)  # strongest first


@dataclass(frozen=True, slots=True)
class Ending:
    """When processing is proven to have ended: on that day, or only by that day."""

    on: date
    exact: bool  # a registration; False: a hand-over
    # The evidence of that day; it does not make another ending of it.
    strength: Strength = field(default=Strength.TYPED_DATE, compare=False)
    book: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class _Fact:
    """What one row proves."""

    claim: Claim
    link: Link | None  # None: a claim of the civil-status software, merged by its codes
    strength: Strength
    registered_on: date | None
    returned_on: date | None
    handed_over: bool  # with or without a known day


def prove(case: Case, coverage: Coverage, scope: Scope) -> Proof | None:
    """What the registers prove of a case, as known on the day of judgement; None: nothing."""
    facts = [*_from_software(case, coverage, scope), *_from_rows(case, coverage, scope)]
    if not facts:
        return None
    if len(facts) == 1:
        return _alone(facts[0])
    registered = _best(facts, "registered_on")
    returned = _best(facts, "returned_on")
    deciding = registered or returned or min(facts, key=_rank)
    weakest = min(
        (fact.link for fact in facts if fact.link is not None),
        key=lambda link: (link.probability, link.row),
        default=None,
    )
    return Proof(
        registered_on=registered.registered_on if registered else None,
        returned_on=returned.returned_on if returned else None,
        signed=any(fact.handed_over for fact in facts),
        strength=deciding.strength,
        rows=tuple(sorted(fact.claim.key for fact in facts)),
        places=tuple(sorted({place for fact in facts for place in fact.claim.places})),
        book=book_text(deciding.claim),
        method=weakest.method if weakest else Method.CODE,
        probability=weakest.probability if weakest else 1.0,
        hand_over_strength=returned.strength if returned else None,
        hand_over_book=book_text(returned.claim) if returned else "",
    )


def _alone(fact: _Fact) -> Proof:
    """One row is the whole proof, as nearly always."""
    return Proof(
        registered_on=fact.registered_on,
        returned_on=fact.returned_on,
        signed=fact.handed_over,
        strength=fact.strength,
        rows=(fact.claim.key,),
        places=tuple(sorted(fact.claim.places)),
        book=book_text(fact.claim),
        method=fact.link.method if fact.link else Method.CODE,
        probability=fact.link.probability if fact.link else 1.0,
    )


def handed_over(proof: Proof) -> bool:
    """The result is in the citizen's hands, on a known day or not."""
    return proof.returned_on is not None or proof.signed


def result_proven(procedure: Procedure, proof: Proof, policy: Policy) -> bool:
    """The result itself is proven: for a linked group only its hand-over is that."""
    return procedure not in policy.group_scope or handed_over(proof)


def ending(case: Case, proof: Proof, policy: Policy) -> Ending | None:
    """The proven end of a dossier's processing; None where no day is proven.

    For a linked group the registration is only the first step ("xong bước hộ tịch, chờ cư trú /
    BHYT / mai táng phí"): its end is the hand-over of its results.
    """
    if proof.registered_on and procedure_of(case) not in policy.group_scope:
        return Ending(proof.registered_on, True, proof.strength, proof.book)
    if proof.returned_on is None:
        return None
    strength = proof.hand_over_strength or proof.strength
    return Ending(proof.returned_on, False, strength, proof.hand_over_book or proof.book)


def procedure_of(case: Case) -> Procedure:
    """The class of the case: the anchor's, or the first that is known, a register's last."""
    for role in ANCHOR_ORDER:
        claim = case.software.get(role)
        if claim is not None and claim.procedure is not Procedure.UNKNOWN:
            return claim.procedure
    for row in case.rows:
        if (said := _class_of_row(row.claim)) is not Procedure.UNKNOWN:
            return said
    return Procedure.UNKNOWN


def is_judged(case: Case, policy: Policy) -> bool:
    """Births and deaths; "other" is counted, never judged. A class that nobody tells is judged."""
    procedure = procedure_of(case)
    return procedure is Procedure.UNKNOWN or procedure in policy.judged


def blocks(claim: Claim) -> bool:
    """The row says that what was given back is no result: refused, to be supplemented, …"""
    for text in (claim.note, claim.raw_status, claim.taken_by):
        if text and _says_no_result(text):
            return True
    return False


def heard(claim: Claim, source: SourceCoverage | None) -> bool:
    """The newest reading of the source holds this claim: what it says may be judged."""
    if source is None:
        return False
    if source.hears(claim.key):
        return True
    if claim.role is not Role.REGISTER or not source.silent_files or "" in source.silent_files:
        return False
    return any(place.file not in source.silent_files for place in claim.places)


def book_text(claim: Claim) -> str:
    """Where to open the register: ``Sổ đăng ký khai sinh – quyển 01/2024 – số 15 – trang 8``."""
    parts = (
        REGISTERS.get(claim.register_type, "Phần mềm hộ tịch"),
        f"quyển {claim.book}" if claim.book else "",
        f"số {claim.number}" if claim.number else "",
        f"trang {claim.page}" if claim.page else "",
    )
    return " – ".join(part for part in parts if part)


def late_typing(received_on: date | None, proof: Proof) -> bool:
    """Proven ended before the software received it: typed in later (nhập bù)."""
    proven_on = proof.registered_on or proof.returned_on
    return received_on is not None and proven_on is not None and proven_on < received_on


def _class_of_row(row: Claim) -> Procedure:
    """What the row says, else what its book is for."""
    if row.procedure is not Procedure.UNKNOWN:
        return row.procedure
    return _BOOK_CLASSES.get(row.register_type, Procedure.UNKNOWN)


def _from_rows(case: Case, coverage: Coverage, scope: Scope) -> Iterable[_Fact]:
    group = procedure_of(case).is_group and bool(case.software)
    for row in case.rows:
        source = coverage.of(row.claim.source)
        if source is None or source.origin is Origin.PRINTED_FROM_ONE_STOP:
            continue  # a register printed from the software is circular: it proves nothing
        if heard(row.claim, source) and (fact := _fact(row, source, group, scope)):
            yield fact


def _fact(row: LinkedRow, source: SourceCoverage, group: bool, scope: Scope) -> _Fact | None:
    claim = row.claim
    civil = claim.register_type.is_civil_status
    blocked = blocks(claim)
    registered_on = _known(claim.registered_on, claim, scope)
    if blocked and not civil:
        # In a civil-status book "bổ sung" and the like are notes on the entry, not on a refusal.
        registered_on = None
    returned_on = None
    gone = False
    if not blocked and not (group and civil):
        returned_on = _known(claim.returned_on, claim, scope)
        gone = returned_on is not None or _signed_for(claim, scope)
    if returned_on and claim.received_on and returned_on < claim.received_on:
        returned_on = None  # the row contradicts itself: handed over, but on an unknown day
    if registered_on is None and not gone:
        return None
    strength = _strength(claim, source)
    return _Fact(claim, row.link, strength, registered_on, returned_on, gone)


def _signed_for(claim: Claim, scope: Scope) -> bool:
    """A signature counts with its date; without any date it proves a hand-over of unknown day."""
    if not claim.signed:
        return False
    if claim.returned_on is not None and claim.returned_on > scope.as_of:
        return False
    return claim.received_on is None or claim.received_on <= scope.as_of


def _from_software(case: Case, coverage: Coverage, scope: Scope) -> Iterable[_Fact]:
    """The civil-status software, asked directly, proves a registration as a book does."""
    claim = case[Role.CIVIL_STATUS]
    if claim is None or claim.status in ENDED_BADLY:
        return
    if not heard(claim, coverage.of(claim.source)):
        return
    registered_on = _known(claim.registered_on, claim, scope)
    if registered_on is not None:
        yield _Fact(claim, None, Strength.CIVIL_STATUS, registered_on, None, False)


def _known(day: date | None, claim: Claim, scope: Scope) -> date | None:
    """The day, unless it lies after the day of judgement or after the day the row was read."""
    if day is None or day > scope.as_of:
        return None
    return None if claim.read_on is not None and day > claim.read_on else day


def _strength(claim: Claim, source: SourceCoverage) -> Strength:
    if source.origin is Origin.SCANNED:
        return Strength.APPROVED_STATEMENT
    if claim.register_type.is_civil_status or claim.registered_on:
        numbered = bool(claim.book and claim.number and claim.page)
        if source.origin is Origin.CIVIL_STATUS_SOFTWARE or (
            numbered and claim.register_type.is_civil_status
        ):
            return Strength.CIVIL_STATUS
    if claim.register_type is RegisterType.TRACKING and claim.book and claim.page:
        return Strength.TRACKING_BOOK
    return Strength.TYPED_DATE


def _best(facts: list[_Fact], field: str) -> _Fact | None:
    """The strongest row that knows the day; among equals the latest day, the cautious reading."""
    known = [fact for fact in facts if getattr(fact, field)]
    return min(
        known,
        key=lambda fact: (
            _ORDER.index(fact.strength),
            -getattr(fact, field).toordinal(),
            fact.claim.key,
        ),
        default=None,
    )


def _rank(fact: _Fact) -> tuple[int, str]:
    return _ORDER.index(fact.strength), fact.claim.key


@lru_cache(maxsize=4096)
def _says_no_result(text: str) -> bool:
    comparable = " ".join(
        re.sub(r"[^\w]+", " ", unicodedata.normalize("NFC", text)).lower().split()
    )
    # A note typed without any accent is compared without accents, any other as it is written.
    plain = bare(comparable)
    return bool((_BLOCKED_PLAIN if plain == comparable else _BLOCKED).search(comparable))


_BLOCKED = re.compile(r"\b(?:" + "|".join(_BLOCKS) + r")\b")
_BLOCKED_PLAIN = re.compile(bare(_BLOCKED.pattern))
