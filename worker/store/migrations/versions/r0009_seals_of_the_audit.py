"""Seals of the audit: what was written cannot be changed or dropped without being noticed."""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AUDIT = sa.table(
    "audit",
    sa.column("seq", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.Text) for name in ("actor", "act", "object", "reason", "seal")),
)
HEAD = sa.table(
    "audit_head",
    *(sa.column(name, sa.Text) for name in ("name", "seal", "purged_seal")),
    *(sa.column(name, sa.Integer) for name in ("seq", "purged_to")),
)

SQLITE = (
    """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    WHEN OLD.seq > coalesce((SELECT max(purged_to) FROM audit_head), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
)
POSTGRES = (
    """CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.seq <= (SELECT max(purged_to) FROM audit_head) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the audit is only added to';
    END $$""",
    """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()""",
)


def upgrade() -> None:
    op.add_column("audit", sa.Column("seal", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("audit") as table:
        table.alter_column("seal", server_default=None)
    op.create_table(
        "audit_head",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("purged_to", sa.Integer(), nullable=False),
        sa.Column("purged_seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_audit_head"),
    )
    connection = op.get_bind()
    _seal_what_is_there(connection)
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        connection.exec_driver_sql(statement)


def _seal_what_is_there(connection: sa.Connection) -> None:
    """As worker/store/audit.py seals; here once more, for a migration stands alone."""
    seal, seq = "", 0
    for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.seq)).all():
        at = row.at.replace(tzinfo=row.at.tzinfo or UTC).astimezone(UTC).isoformat()
        told = [row.seq, at, row.actor, row.act, row.object, row.reason]
        line = seal + json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        seal, seq = hashlib.sha256(line.encode()).hexdigest(), row.seq
        connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == seq).values(seal=seal))
    # Where numbers are missing already, the chain begins after them.
    first = connection.execute(sa.select(sa.func.min(AUDIT.c.seq))).scalar()
    connection.execute(
        sa.insert(HEAD).values(
            name="audit",
            seq=seq,
            seal=seal,
            purged_to=(first or 1) - 1,
            purged_seal="",
        )
    )
