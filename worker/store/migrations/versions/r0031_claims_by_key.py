"""A claim is found by its key, however many files there are."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_claim_key", "claim", ["key"])
