"""On which pile a dossier lies; what a clerk ticked; acts that are undone at once."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from worker.store.rows import Instant

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

BATCH = 2000


def upgrade() -> None:
    for name in ("dossier", "step", "pile"):
        op.add_column("discrepancy", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("urgency", "shelf"):
        whole = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("discrepancy", whole)
    waits: sa.Column[bool] = sa.Column(
        "waits", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("discrepancy", waits)
    op.add_column("discrepancy", sa.Column("first_seen", sa.Date(), nullable=True))
    op.create_table(
        "tick",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("discrepancy_id", name="pk_tick"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_table(
        "batch_item",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name="fk_batch_item_batch_batch"),
        sa.PrimaryKeyConstraint("batch", "discrepancy_id", "act", name="pk_batch_item"),
    )
    op.add_column("undetermined", sa.Column("unit", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    _fill_units(op.get_bind())
    op.create_index("ix_undetermined_unit", "undetermined", ["unit"])
    op.create_index("ix_discrepancy_dossier", "discrepancy", ["dossier"])
    op.create_index("ix_discrepancy_pile", "discrepancy", ["pile", "unit", "step", "id"])
    op.create_index("ix_discrepancy_by_urgency", "discrepancy", ["urgency", "first_seen", "id"])
    op.create_index("ix_discrepancy_by_book", "discrepancy", ["unit", "shelf", "id"])
    op.create_index("ix_change_run_id", "change", ["run_id"])
    op.create_index("ix_batch_at", "batch", ["at"])
    op.create_index("ix_batch_sha256", "batch", ["sha256"])


def _fill(connection: sa.Connection) -> None:
    """As far as a kind tells it; the next run writes the rest."""
    from worker.store import piles

    table = sa.table("discrepancy", *(sa.column(name) for name in (*FILLED, "id")))
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("its_id"))
        .values({name: sa.bindparam(f"to_{name}") for name in FILLED})
    )
    for rows in _known(connection):
        connection.execute(statement, rows)
    piles.settle(connection)


FILLED = ("dossier", "step", "urgency", "first_seen")


def _known(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    from datetime import date

    from reconcile.kinds import Kind
    from worker.store import piles

    last = ""
    query = sa.text(
        "SELECT id, kind, anchor, payload FROM discrepancy WHERE id > :last"
        f" ORDER BY id LIMIT {BATCH}"
    )
    while found := connection.execute(query, {"last": last}).all():
        last = found[-1].id
        rows = []
        for one in found:
            usual = piles.usual(Kind(one.kind), one.anchor)
            seen = date.fromisoformat(json.loads(bytes(one.payload))["first_seen"])
            told = usual | {"first_seen": seen}
            rows.append({"its_id": one.id} | {f"to_{name}": told[name] for name in FILLED})
        yield rows


def _fill_units(connection: sa.Connection) -> None:
    """Of what could not be decided: the unit is the third cell of its row."""
    rows = connection.execute(sa.text("SELECT anchor, payload FROM undetermined")).all()
    for row in rows:
        told = {"anchor": row.anchor, "unit": json.loads(bytes(row.payload))[2]}
        statement = sa.text("UPDATE undetermined SET unit = :unit WHERE anchor = :anchor")
        connection.execute(statement, told)
