"""Files that were laid over by another under the same name, and columns that were learned."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("lay_as", "doubt", "standing"):
        op.add_column("source_file", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("source_file", sa.Column("aside_on", sa.Date(), nullable=True))
    with op.batch_alter_table("source_file") as table:
        for name in ("lay_as", "doubt", "standing"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "learned_column",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "unit", "header", name=op.f("pk_learned_column")),
    )
