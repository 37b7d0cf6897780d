"""The pairs that people are asked about, what each answered; figures before they are frozen."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_pair",
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("row", "dossier", name="pk_asked_pair"),
    )
    for name in ("unit", "lot"):
        op.create_index(f"ix_asked_pair_{name}", "asked_pair", [name])
    op.create_table(
        "pair_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pair_reading"),
    )
    op.create_index("ix_pair_reading_row", "pair_reading", ["row"])
    op.create_table(
        "period_draft",
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("starts", "ends", name="pk_period_draft"),
    )
    _ask_of_the_doubts(op.get_bind())


def _ask_of_the_doubts(connection: sa.Connection) -> None:
    """The doubts that stand there, until the next run puts controls among them."""
    from worker.store import pairs

    pairs.fill(connection)
