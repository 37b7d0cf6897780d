"""What persons took in, so that it can be undone; slips that were scanned, and by whom."""

import sqlalchemy as sa
from alembic import op

from worker.store.rows import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, Instant(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _text("path"),
        _text("unit"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _moment("at", nullable=False),
        _text("sha256"),
        _text("taken"),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        _text("after"),
        _moment("undone_at"),
        _text("undone_by"),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_intake"),
    )
    op.create_index("ix_intake_source", "intake", ["source"])
    op.create_table(
        "slip_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _moment("at", nullable=False),
        _moment("closed_at"),
        _text("drawn"),
        _text("settled_by"),
        _moment("settled_at"),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_slip_batch"),
    )
    op.create_index("ix_slip_batch_unit", "slip_batch", ["unit"])
    op.create_table(
        "slip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("own_key", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        _moment("at", nullable=False),
        _moment("undone_at"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["slip_batch.id"], name="fk_slip_batch_id_slip_batch"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slip"),
        sa.UniqueConstraint("batch_id", "client_id", name="uq_slip_batch_id_client_id"),
    )
    op.create_index("ix_slip_batch_id", "slip", ["batch_id"])
    op.create_index("ix_slip_own_key", "slip", ["own_key"])
