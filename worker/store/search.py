"""What the store holds of a few dossiers, found by code, by name or by key: never all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, false, func, or_, select, true

from reconcile.cases import Link, LinkState, Method
from reconcile.claims import Claim, Role
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.linking.controls import SurePair
from worker.store import decisions, readings
from worker.store.engine import BATCH, Room, batches, in_parts, reads
from worker.store.orders import alike
from worker.store.sources import counts
from worker.store.tables import change, claim, discrepancy, link, queue, source_file


class _Subject(msgspec.Struct):
    """Of a claim's payload whom it names."""

    subject: str = ""


_link = msgspec.json.Decoder(Link).decode
_subject = msgspec.json.Decoder(_Subject).decode
_discrepancy = msgspec.json.Decoder(Discrepancy).decode


#: A file, a sheet and a row of it; the key of a register row, its source, and the day on which it
#: was read first (None: it stands in several files and must be looked at).
Spot = tuple[str, str, int]
RowAt = tuple[str, str, date | None]


class Search(Room):
    """Questions that cost what they answer; ``sources`` are those that count, None: all."""

    # Claims

    @reads
    def claims(self, connection: Connection, keys: Collection[str]) -> list[Claim]:
        """Of the claims that count those with these keys, sorted by key."""
        wanted = sorted(set(keys))
        return readings.claims(connection, self.sources, wanted)

    @reads
    def claims_as_said(
        self, connection: Connection, keys: Collection[str] | None = None
    ) -> list[Claim]:
        """As ``claims``, or all of them, with units named as each source names them."""
        wanted = None if keys is None else sorted(set(keys))
        return readings.claims_as_said(connection, self.sources, wanted)

    @reads
    def in_order_of_exports(self, connection: Connection, fewest: int) -> list[Claim]:
        """The claims of registers whose codes stand in the order of an export, and the export's."""
        keys = alike(connection, self.sources, fewest)
        return readings.claims(connection, self.sources, keys)

    @reads
    def bearing(self, connection: Connection, codes: Collection[str]) -> set[str]:
        """The keys of the claims that bear one of these comparable codes, or name it in a text."""
        found: set[str] = set()
        for part in batches(sorted(set(codes))):
            for column in (claim.c.own_key, claim.c.national_key):
                found.update(connection.scalars(select(claim.c.key).where(column.in_(part))))
            noted = [claim.c.noted_keys.contains(f" {code} ", autoescape=True) for code in part]
            query = select(claim.c.key).where(claim.c.noted_keys != "", or_(*noted))
            found.update(connection.scalars(query))
        return found

    @reads
    def named(self, connection: Connection, name: str, limit: int) -> list[str]:
        """The keys of at most ``limit`` claims with these words in one of their names."""
        # In the order of the index: whoever looks for a frequent name has enough after a moment.
        place = (func.instr if self.database.is_sqlite else func.strpos)(
            claim.c.name_key, f" {name} "
        )
        query = select(claim.c.key).where(place > 0).order_by(claim.c.name_key, claim.c.key)
        return list(connection.scalars(query.limit(limit)))

    @reads
    def some_rows(
        self,
        connection: Connection,
        sources: Collection[str],
        units: Collection[str],
        limit: int,
    ) -> list[Claim]:
        """At most so many register rows of these sources, of the files that name these units."""
        named = [
            source_file.c.units.contains(f'"{unit}"', autoescape=True) for unit in sorted(units)
        ]
        query = (
            select(claim.c.key)
            .join(source_file, source_file.c.id == claim.c.file_id)
            .where(source_file.c.source.in_(sorted(sources)), or_(false(), *named))
            .limit(limit)
        )
        keys = sorted(set(connection.scalars(query)))
        return readings.claims(connection, self.sources, keys)

    @reads
    def rows_at(self, connection: Connection, spots: Collection[Spot]) -> dict[Spot, RowAt]:
        """The register row that stands at each of these places, where one does."""
        asked: dict[str, set[tuple[str, int]]] = {}
        for path, sheet, row in spots:
            asked.setdefault(path, set()).add((sheet, row))
        files = readings.newest_first(connection, self.sources)
        registers = {one.id: one for one in files if one.role == Role.REGISTER.value}
        found: dict[Spot, RowAt] = {}
        columns = (claim.c.sheet, claim.c.row, claim.c.key, claim.c.read_on)
        for file in reversed(registers.values()):
            if wanted := asked.get(file.path):
                query = select(*columns).where(claim.c.file_id == file.id)
                rows = in_parts(connection, query, claim.c.row, {row for _, row in wanted})
                for sheet, row, key, read_on in rows:
                    if (sheet, row) in wanted:
                        found[file.path, sheet, row] = (key, file.source, read_on)
        keys = {key for key, _, _ in found.values()}
        several = readings.in_several(connection, registers, keys)
        return {
            spot: (key, source, None if key in several else read_on)
            for spot, (key, source, read_on) in found.items()
        }

    # Links

    @reads
    def links(self, connection: Connection, keys: Collection[str]) -> list[Link]:
        """The links of these rows and those to these dossiers."""
        found = {
            row.row: _link(row.payload)
            for column in (link.c.row, link.c.dossier)
            for row in in_parts(connection, select(link.c.row, link.c.payload), column, keys)
        }
        return [found[row] for row in sorted(found)]

    @reads
    def doubts(self, connection: Connection) -> list[Link]:
        """The links that people are asked about."""
        query = select(link.c.payload).where(link.c.decision == LinkState.REVIEW.value)
        return [_link(payload) for payload in connection.scalars(query)]

    @reads
    def sure_pairs(self, connection: Connection) -> list[SurePair]:
        """The rows that were linked automatically."""
        query = select(link.c.row, link.c.dossier, link.c.method)
        query = query.where(link.c.decision == LinkState.AUTO.value, link.c.dossier.is_not(None))
        pairs = connection.execute(query).cursor.fetchall()
        subjects: dict[str, str] = {}
        for file in readings.newest_first(connection, self.sources):
            said = select(claim.c.key, claim.c.payload).where(claim.c.file_id == file.id)
            if file.role == Role.REGISTER.value:
                rows = connection.execute(said).cursor
                while some := rows.fetchmany(BATCH):
                    for key, payload in some:
                        subjects.setdefault(key, _subject(payload).subject)
        return [
            SurePair(row, dossier, Method(method), subjects[row])
            for row, dossier, method in pairs
            if row in subjects
        ]

    @reads
    def linked_by_code(self, connection: Connection, source: str, limit: int) -> list[Link]:
        """At most so many rows of a register that a code linked: the key is a hash, so that the
        first ones are as good as any."""
        query = (
            select(link.c.payload)
            .where(link.c.row.startswith(f"{source}#", autoescape=True))
            .where(link.c.method == Method.CODE.value, link.c.decision == LinkState.AUTO.value)
            .order_by(link.c.row)
            .limit(limit)
        )
        return [_link(one) for one in list(connection.scalars(query))]

    @reads
    def rows_ending(self, connection: Connection, text: str) -> list[str]:
        """The register rows with a link whose key is this, or ends so behind its source."""
        end = func.substr(link.c.row, func.length(link.c.row) - len(text))
        query = select(link.c.row).where(or_(link.c.row == text, end == f"#{text}"))
        return sorted(connection.scalars(query))

    # Runs

    @reads
    def asked_by(self, connection: Connection, ids: Collection[str]) -> dict[str, str]:
        """Who asked the workers for each of these runs, where somebody did."""
        query = select(queue.c.run_id, queue.c.asked_by).where(queue.c.asked_by != "")
        rows = in_parts(connection, query, queue.c.run_id, ids)
        return {row.run_id: row.asked_by for row in rows}

    # Discrepancies

    @reads
    def discrepancies(self, connection: Connection, ids: Collection[str]) -> list[Discrepancy]:
        """Of the discrepancies that count those with these ids, sorted by id."""
        rows = in_parts(connection, select(discrepancy.c.payload), discrepancy.c.id, ids)
        return self._counting(row.payload for row in rows)

    @reads
    def around_units(self, connection: Connection, units: Collection[str]) -> list[Discrepancy]:
        """The discrepancies that count of every dossier that has one in these units."""
        theirs = discrepancy.alias()
        dossiers = select(theirs.c.dossier).where(theirs.c.unit.in_(sorted(units)))
        query = select(discrepancy.c.payload).where(discrepancy.c.dossier.in_(dossiers))
        return self._counting(connection.scalars(query))

    @reads
    def beginning(self, connection: Connection, name: str) -> list[Discrepancy]:
        """The discrepancies whose id begins so, sorted by id."""
        begins = func.substr(discrepancy.c.id, 1, len(name)) == name
        query = select(discrepancy.c.payload).where(begins)
        return self._counting(connection.scalars(query))

    @reads
    def steps(self, connection: Connection, ids: Collection[str]) -> list[Change]:
        """The history of these discrepancies, oldest first."""
        parts = batches(sorted(ids))
        found = [one for part in parts for one in decisions.changes_of(connection, part)]
        return sorted(found, key=lambda step: step.at)

    @reads
    def in_state(
        self, connection: Connection, state: State, units: Collection[str] | None = None
    ) -> list[Discrepancy]:
        """The discrepancies that count in a state, of these units or all, sorted by id."""
        query = select(discrepancy.c.payload).where(discrepancy.c.state == state.value)
        if units is not None:
            query = query.where(discrepancy.c.unit.in_(sorted(units)))
        return self._counting(connection.scalars(query))

    @reads
    def states(self, connection: Connection) -> dict[State, int]:
        """How many discrepancies there are in each state that occurs."""
        anchor, state, many = discrepancy.c.anchor, discrepancy.c.state, func.count()
        of_two = anchor.contains("|")  # few: each half may be of another source
        alone = select(state, many).where(~of_two, _is_of(anchor, self.sources)).group_by(state)
        two = select(state, anchor).where(of_two)
        found = Counter({State(name): count for name, count in connection.execute(alone)})
        for name, both in connection.execute(two):
            found[State(name)] += counts(both, self.sources)
        return {one: count for one, count in found.items() if count}

    @reads
    def written_first(self, connection: Connection, ids: Collection[str]) -> dict[str, datetime]:
        """When each of these discrepancies was first written down."""
        first = select(func.min(change.c.id)).group_by(change.c.discrepancy_id)
        seen: dict[str, datetime] = {}
        for part in batches(sorted(set(ids))):
            these = first.where(change.c.discrepancy_id.in_(part))
            query = select(change.c.discrepancy_id, change.c.at).where(change.c.id.in_(these))
            seen.update((row.discrepancy_id, row.at) for row in connection.execute(query))
        return seen

    def _counting(self, payloads: Iterable[bytes]) -> list[Discrepancy]:
        """Of these discrepancies those that count, sorted by id."""
        found = map(_discrepancy, payloads)
        return sorted(
            (one for one in found if counts(one.anchor, self.sources)), key=lambda one: one.id
        )


def _is_of(key: ColumnElement[str], sources: Collection[str] | None) -> ColumnElement[bool]:
    """Whether a key in a query, or an anchor of one key, is of these sources; None: of any."""
    if sources is None:
        return true()
    names = sorted(sources)
    begins = (func.substr(key, 1, len(name) + 1).in_([f"{name}:", f"{name}#"]) for name in names)
    return or_(key.in_(names), *begins)
