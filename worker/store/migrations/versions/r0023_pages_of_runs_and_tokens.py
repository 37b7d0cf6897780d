"""The first page of a run as a row; of which unit an undecided dossier is; tokens of programs."""

import json

import sqlalchemy as sa
from alembic import op

from worker.store.rows import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COUNTED = ("unit", "kind", "state", "step", "waits", "pile")
LISTED = ("kind", "unit", "shelf", "id", "state", "step", "waits")
#: Of the list that an undecided dossier is packed as: its unit as it is called, and its due date.
UNIT, DUE_ON = 2, 6


def upgrade() -> None:
    op.create_table(
        "run_page",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_page_run_id_run"),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_page"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("hash", name="uq_api_token_hash"),
    )
    op.add_column(
        "undetermined", sa.Column("unit_key", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("undetermined", sa.Column("due_on", sa.Date(), nullable=True))
    _fill(op.get_bind())
    op.create_index("ix_undetermined_unit_key", "undetermined", ["unit_key"])
    op.create_index("ix_change_at", "change", ["at"])
    # What is counted and listed is read off these alone.
    op.create_index("ix_discrepancy_counted", "discrepancy", list(COUNTED))
    op.create_index("ix_discrepancy_listed", "discrepancy", list(LISTED))


def _fill(connection: sa.Connection) -> None:
    """As the unit is called there; the next run writes its code."""
    from datetime import date

    table = sa.table(
        "undetermined", *(sa.column(name) for name in ("anchor", "unit_key", "due_on"))
    )
    rows = connection.exec_driver_sql("SELECT anchor, payload FROM undetermined").all()
    for anchor, payload in rows:
        said = json.loads(bytes(payload))
        due_on = date.fromisoformat(said[DUE_ON]) if said[DUE_ON] else None
        connection.execute(
            sa.update(table)
            .where(table.c.anchor == anchor)
            .values(unit_key=said[UNIT], due_on=due_on)
        )
