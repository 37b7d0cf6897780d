"""What is asked of the store costs what it answers: claims by code and name, findings as rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from reconcile.lifecycle import State
from reconcile.scope import Scope
from reconcile.text import codes
from tests.worker.making import (
    LATER,
    NOW,
    TODAY,
    discrepancy,
    dossier,
    link,
    register_row,
    snapshot,
    step,
)
from worker.store import Store
from worker.store.findings import FoundRows, StoredFinding, UndecidedDossier
from worker.store.keys import searched
from worker.store.tables import claim, finding

CODE = "H11-240102-0001"


def row_of(name: str, payload: bytes = b"{}") -> StoredFinding:
    return StoredFinding(name, "Xã Mẫu 1", "RETURNED_STILL_PENDING", CODE, "G01-1", None, payload)


def test_a_claim_is_found_by_its_code_however_it_is_written(store: Store):
    store.claims.take_in(snapshot([dossier(1), dossier(2)]), at=NOW, on=TODAY)
    wanted = codes.normal(dossier(1).own_code)
    assert store.search.bearing([wanted]) == {dossier(1).key}
    assert store.search.claims([dossier(1).key]) == [dossier(1, read_on=TODAY)]


def test_a_code_that_only_a_note_names_is_found(store: Store):
    noted = dossier(2, note="Hồ sơ cũ: H56-210531-0007 đã rút")
    store.claims.take_in(snapshot([dossier(1), noted]), at=NOW, on=TODAY)
    assert store.search.bearing(["H56-210531-0007"]) == {noted.key}


def test_a_claim_is_found_by_words_of_a_name(store: Store):
    named = dossier(2, subject="Lý Thị Hoà", mother="Bế Ngọc Diệp")
    store.claims.take_in(snapshot([dossier(1), named]), at=NOW, on=TODAY)
    for words in ("lý thị hoà", "Bế Ngọc", "ngoc diep", "hoa"):
        assert store.search.named(searched(words), 9) == [named.key]
    assert store.search.named(searched("hoà bế"), 9) == []  # no name runs over into the next
    assert len(store.search.named(searched("thi"), 1)) == 1


def test_what_a_claim_is_found_by_follows_what_it_says(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    said = dossier(1, subject="Quàng Minh Triết", national_code="G01-240102-0009")
    store.claims.take_in(snapshot([said], content="2"), at=NOW, on=LATER)
    assert store.search.bearing(["G01-240102-0009"]) == {said.key}
    assert store.search.named(searched("Quàng Minh Triết"), 9) == [said.key]
    assert store.search.named(searched("Nguyễn Thị"), 9) == []
    store.claims.take_in(snapshot([dossier(2)], content="3"), at=NOW, on=LATER)
    assert store.upkeep.verify() == []


def test_no_seal_holds_the_keys(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    with store.database.writer.begin() as connection:
        connection.execute(update(claim).values(name_key=""))
    assert store.upkeep.verify() == []


def test_links_are_found_from_both_ends(store: Store):
    rows = [register_row(n) for n in range(3)]
    links = [link(row, dossier(n)) for n, row in enumerate(rows)]
    store.decisions.apply(links, [])
    assert store.search.links([rows[0].key, dossier(2).key]) == sorted(
        [links[0], links[2]], key=lambda one: one.row
    )
    end = rows[1].key.rpartition("#")[2]
    assert store.search.rows_ending(end) == store.search.rows_ending(rows[1].key) == [rows[1].key]
    assert store.search.rows_ending(end[1:]) == []


def test_a_finding_is_a_row_that_is_written_where_it_is_other(store: Store):
    one = discrepancy()
    for run_id, payload in (("r1", b"1"), ("r2", b"1"), ("r3", b"2")):
        store.runs.begin(run_id, "cli", Scope(as_of=TODAY), at=NOW)
        steps = [step(one)] if run_id == "r1" else []
        found = FoundRows(
            [row_of(one.id, payload)],
            {"motcua:9": UndecidedDossier("Xã Mẫu 1", None, b"u")},
        )
        store.decisions.apply(None, steps, run_id=run_id, found=found)
        with store.database.reader.begin() as connection:
            written = connection.execute(select(finding.c.run_id)).scalar_one()
        assert written == {"r1": "r1", "r2": "r1", "r3": "r3"}[run_id]
    assert store.findings.of([one.id, "nobody"]) == {one.id: b"2"}
    assert store.findings.bearing(CODE) == store.findings.bearing("G01-1") == [one.id]
    assert store.findings.undetermined(["motcua:9"]) == {"motcua:9": b"u"}
    run = store.runs.one("r3")
    assert run is not None
    assert run.kept_rows
    # a run that did not judge it leaves it as it was found; what was undecided is of one run alone
    store.runs.begin("r4", "cli", Scope(as_of=TODAY), at=NOW)
    store.decisions.apply(None, [], run_id="r4", found=FoundRows((), {}))
    assert store.findings.of([one.id]) == {one.id: b"2"}
    assert store.findings.undetermined(["motcua:9"]) == {}
    assert store.upkeep.verify() == []


def test_findings_and_changes_are_written_together_or_not_at_all(store: Store):
    one = discrepancy()
    store.runs.begin("r1", "cli", Scope(as_of=TODAY), at=NOW)

    def dies():
        yield row_of(one.id)
        raise RuntimeError("here")

    with pytest.raises(RuntimeError):
        store.decisions.apply(None, [step(one)], run_id="r1", found=FoundRows(dies(), {}))
    assert store.decisions.discrepancies() == []
    assert store.findings.of([one.id]) == {}


def test_discrepancies_are_found_by_the_beginning_of_their_id(store: Store):
    known = [discrepancy(f"motcua:{n}") for n in range(4)]
    store.decisions.apply(None, [step(one) for one in known])
    resolved = replace(known[0], state=State.RESOLVED)
    store.decisions.apply(None, [step(resolved, before=State.OPEN, at=NOW)])
    assert store.search.beginning(known[1].id[:6]) == [known[1]]
    assert store.search.discrepancies([known[0].id, "nobody"]) == [resolved]
    assert store.search.states() == {State.OPEN: 3, State.RESOLVED: 1}
    assert store.search.written_first([known[0].id]) == {known[0].id: NOW}


def test_states_are_counted_of_the_sources_that_count_alone(store: Store):
    dossiers = ("motcua:1", "motcua:2", "so-giay#3", "MOTCUA:4", "motcua2:5", "cong:6")
    pairs = ("motcua:7|motcua:8", "cong:9|motcua:9")
    found = [discrepancy(anchor) for anchor in (*dossiers, *pairs)]
    found[1] = replace(found[1], state=State.ACKNOWLEDGED)
    store.decisions.apply([], [step(one) for one in found], run_id="r1", judged=TODAY)
    counted = replace(store.search, sources=frozenset({"motcua", "so-giay"})).states()
    assert counted == {State.OPEN: 3, State.ACKNOWLEDGED: 1}
    assert sum(replace(store.search, sources=None).states().values()) == len(found)
