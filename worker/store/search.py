"""What the store holds of a few dossiers, found by code, by name or by key: never all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, false, func, or_, select

from reconcile.claims import Claim, Role
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.links import Link, LinkState, Method
from worker.store import decisions, readings, runs
from worker.store.engine import Database, batches
from worker.store.orders import alike
from worker.store.runs import Run, RunState
from worker.store.sources import counts
from worker.store.tables import change, claim, discrepancy, link, queue, source_file

_link = msgspec.json.Decoder(Link).decode
_discrepancy = msgspec.json.Decoder(Discrepancy).decode


#: A file, a sheet and a row of it; the key of a register row, its source, and the day on which it
#: was read first (None: it stands in several files and must be looked at).
Spot = tuple[str, str, int]
RowAt = tuple[str, str, date | None]


@dataclass(frozen=True, slots=True)
class Search:
    """Questions that cost what they answer; ``sources`` are those that count, None: all."""

    database: Database
    sources: Collection[str] | None = None

    # Claims

    def claims(self, keys: Collection[str]) -> list[Claim]:
        """Of the claims that count those with these keys, sorted by key."""
        wanted = sorted(set(keys))
        return self.database.read(
            lambda connection: readings.claims(connection, self.sources, wanted)
        )

    def claims_as_said(self, keys: Collection[str] | None = None) -> list[Claim]:
        """As ``claims``, or all of them, with units named as each source names them."""
        wanted = None if keys is None else sorted(set(keys))
        return self.database.read(
            lambda connection: readings.claims_as_said(connection, self.sources, wanted)
        )

    def in_order_of_exports(self, fewest: int) -> list[Claim]:
        """The claims of registers whose codes stand in the order of an export, and the export's."""
        return self.claims(
            self.database.read(lambda connection: alike(connection, self.sources, fewest))
        )

    def bearing(self, codes: Collection[str]) -> set[str]:
        """The keys of the claims that bear one of these comparable codes, or name it in a text."""

        def ask(connection: Connection) -> set[str]:
            found: set[str] = set()
            for part in batches(sorted(set(codes))):
                for column in (claim.c.own_key, claim.c.national_key):
                    found.update(connection.scalars(select(claim.c.key).where(column.in_(part))))
                noted = [claim.c.noted_keys.contains(f" {code} ", autoescape=True) for code in part]
                query = select(claim.c.key).where(claim.c.noted_keys != "", or_(*noted))
                found.update(connection.scalars(query))
            return found

        return self.database.read(ask)

    def named(self, name: str, limit: int) -> list[str]:
        """The keys of at most ``limit`` claims with these words in one of their names."""
        # The names alone are gone through (the index holds them), then the claims that bear them.
        names = select(claim.c.name_key).where(claim.c.name_key.contains(f" {name} "))
        query = (
            select(claim.c.key)
            .where(claim.c.name_key.in_(names.distinct()))
            .order_by(claim.c.name_key, claim.c.key)
            .limit(limit)
        )
        return list(self.database.read(lambda connection: list(connection.scalars(query))))

    def some_rows(
        self, sources: Collection[str], units: Collection[str], limit: int
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
        return self.claims(self.database.read(lambda connection: list(connection.scalars(query))))

    def rows_at(self) -> dict[Spot, RowAt]:
        """The register row that stands at each place."""

        def ask(connection: Connection) -> dict[Spot, RowAt]:
            of_role = select(source_file.c.id, source_file.c.source)
            of_role = of_role.where(source_file.c.role == Role.REGISTER.value)
            sources = {row.id: row.source for row in connection.execute(of_role)}
            found: dict[Spot, RowAt] = {}
            places: dict[str, list[Spot]] = {}
            columns = (claim.c.sheet, claim.c.row, claim.c.key, claim.c.read_on)
            for file in reversed(readings.newest_first(connection, self.sources)):
                if file.id in sources:
                    query = select(*columns).where(claim.c.file_id == file.id)
                    for sheet, row, key, read_on in connection.execute(query):
                        at = (file.path, sheet, row)
                        found[at] = (key, sources[file.id], read_on)
                        places.setdefault(key, []).append(at)
            for key, several in places.items():
                if several[1:]:
                    found |= {
                        at: (key, found[at][1], None) for at in several if found[at][0] == key
                    }
            return found

        return self.database.read(ask)

    # Links

    def links(self, keys: Collection[str]) -> list[Link]:
        """The links of these rows and those to these dossiers."""
        found = {
            row.row: _link(row.payload)
            for column in (link.c.row, link.c.dossier)
            for row in self._in_parts(select(link.c.row, link.c.payload), column, keys)
        }
        return [found[row] for row in sorted(found)]

    def doubts(self) -> list[Link]:
        """The links that people are asked about."""
        query = select(link.c.payload).where(link.c.decision == LinkState.REVIEW.value)
        return [_link(one) for one in self.database.read(lambda c: list(c.scalars(query)))]

    def linked_by_code(self, source: str, limit: int) -> list[Link]:
        """At most so many rows of a register that a code linked: the key is a hash, so that the
        first ones are as good as any."""
        query = (
            select(link.c.payload)
            .where(link.c.row.startswith(f"{source}#", autoescape=True))
            .where(link.c.method == Method.CODE.value, link.c.decision == LinkState.AUTO.value)
            .order_by(link.c.row)
            .limit(limit)
        )
        return [_link(one) for one in self.database.read(lambda c: list(c.scalars(query)))]

    def rows_ending(self, text: str) -> list[str]:
        """The register rows with a link whose key is this, or ends so behind its source."""
        end = func.substr(link.c.row, func.length(link.c.row) - len(text))
        query = select(link.c.row).where(or_(link.c.row == text, end == f"#{text}"))
        return sorted(self.database.read(lambda connection: list(connection.scalars(query))))

    # Runs

    def newest_run(self) -> Run | None:
        """The newest run that came to its end."""
        return self.database.read(lambda connection: runs.newest_in(connection, RunState.DONE))

    def runs_behind(self, after: str, limit: int, state: RunState | None = None) -> list[Run]:
        """At most ``limit`` runs, newest first, of those that began before the run ``after``."""
        return self.database.read(lambda connection: runs.behind(connection, after, limit, state))

    def page(self, run_id: str) -> bytes | None:
        """The first page of a run; None where none was kept."""
        return self.database.read(lambda connection: runs.page(connection, run_id))

    def asked_by(self, ids: Collection[str]) -> dict[str, str]:
        """Who asked the workers for each of these runs, where somebody did."""
        query = select(queue.c.run_id, queue.c.asked_by).where(queue.c.asked_by != "")
        return {row.run_id: row.asked_by for row in self._in_parts(query, queue.c.run_id, ids)}

    # Discrepancies

    def discrepancies(self, ids: Collection[str]) -> list[Discrepancy]:
        """Of the discrepancies that count those with these ids, sorted by id."""
        rows = self._in_parts(select(discrepancy.c.payload), discrepancy.c.id, ids)
        found = (_discrepancy(row.payload) for row in rows)
        return sorted(
            (one for one in found if counts(one.anchor, self.sources)), key=lambda one: one.id
        )

    def beginning(self, name: str) -> list[Discrepancy]:
        """The discrepancies whose id begins so, sorted by id."""
        begins = func.substr(discrepancy.c.id, 1, len(name)) == name
        query = select(discrepancy.c.id).where(begins)
        return self.discrepancies(
            self.database.read(lambda connection: list(connection.scalars(query)))
        )

    def steps(self, ids: Collection[str]) -> list[Change]:
        """The history of these discrepancies, oldest first."""

        def ask(connection: Connection) -> list[Change]:
            return [
                one
                for part in batches(sorted(ids))
                for one in decisions.changes_of(connection, part)
            ]

        return sorted(self.database.read(ask), key=lambda step: step.at)

    def in_state(self, state: State, units: Collection[str] | None = None) -> list[Discrepancy]:
        """The discrepancies that count in a state, of these units or all, sorted by id."""
        query = select(discrepancy.c.payload).where(discrepancy.c.state == state.value)
        if units is not None:
            query = query.where(discrepancy.c.unit.in_(sorted(units)))
        rows = self.database.read(lambda connection: list(connection.scalars(query)))
        found = map(_discrepancy, rows)
        return sorted(
            (one for one in found if counts(one.anchor, self.sources)), key=lambda one: one.id
        )

    def states(self) -> dict[State, int]:
        """How many discrepancies there are in each state that occurs."""
        found: dict[State, int] = {}

        def ask(connection: Connection) -> None:
            found.clear()
            query = select(discrepancy.c.anchor, discrepancy.c.state)
            for anchor, state in connection.execute(query.execution_options(yield_per=5000)):
                if counts(anchor, self.sources):
                    found[State(state)] = found.get(State(state), 0) + 1

        self.database.read(ask)
        return found

    def written_first(self, ids: Collection[str]) -> dict[str, Any]:
        """When each of these discrepancies was first written down."""
        first = select(func.min(change.c.id)).group_by(change.c.discrepancy_id)
        seen: dict[str, Any] = {}

        def ask(connection: Connection) -> None:
            for part in batches(sorted(set(ids))):
                these = first.where(change.c.discrepancy_id.in_(part))
                query = select(change.c.discrepancy_id, change.c.at).where(change.c.id.in_(these))
                seen.update((row.discrepancy_id, row.at) for row in connection.execute(query))

        self.database.read(ask)
        return seen

    def _in_parts(self, query: Any, column: Any, keys: Collection[str]) -> list[Any]:
        def ask(connection: Connection) -> list[Any]:
            return [
                row
                for part in batches(sorted(set(keys)))
                for row in connection.execute(query.where(column.in_(part)))
            ]

        return self.database.read(ask)
