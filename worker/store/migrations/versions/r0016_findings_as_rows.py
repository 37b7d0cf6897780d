"""What a person reads of a discrepancy as a row; claims that are found by code and name."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEYS = ("own_key", "national_key", "name_key", "noted_keys")
BATCH = 5000


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("own_key", sa.Text(), nullable=False),
        sa.Column("national_key", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancy.id"], name="fk_finding_discrepancy_id_discrepancy"
        ),
        sa.PrimaryKeyConstraint("discrepancy_id", name="pk_finding"),
    )
    for name in ("unit", "own_key", "national_key"):
        op.create_index(f"ix_finding_{name}", "finding", [name])
    op.create_table(
        "undetermined",
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("anchor", name="pk_undetermined"),
    )
    op.add_column(
        "run", sa.Column("kept_rows", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name in KEYS:
        op.add_column("claim", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    # Behind the rows: an index that is there while they are written costs several times as much.
    for name in KEYS[:3]:
        op.create_index(f"ix_claim_{name}", "claim", [name])
    there = sa.text("noted_keys <> ''")
    op.create_index(
        "ix_claim_noted_keys", "claim", ["noted_keys"], sqlite_where=there, postgresql_where=there
    )


def _fill(connection: sa.Connection) -> None:
    """The keys of every claim, file by file, by the same lines that make them at intake."""
    from worker.store.keys import keys_of

    files = connection.exec_driver_sql("SELECT id FROM source_file ORDER BY id").scalars().all()
    for file_id in files:
        last = ""
        while rows := _next(connection, file_id, last):
            last = rows[-1][0]
            _write(connection, file_id, ((key, *keys_of(bytes(said))) for key, said in rows))


def _next(connection: sa.Connection, file_id: int, last: str) -> list[tuple[str, bytes]]:
    query = sa.text(
        "SELECT key, payload FROM claim WHERE file_id = :file AND key > :last"
        f" ORDER BY key LIMIT {BATCH}"
    )
    found = connection.execute(query, {"file": file_id, "last": last})
    return [(row.key, row.payload) for row in found]


def _write(connection: sa.Connection, file_id: int, rows: Iterable[tuple[str, ...]]) -> None:
    if connection.dialect.name == "sqlite":
        to = ", ".join(f"{name} = ?" for name in KEYS)
        statement = f"UPDATE claim SET {to} WHERE file_id = ? AND key = ?"
        connection.exec_driver_sql(statement, [(*row[1:], file_id, row[0]) for row in rows])
        return
    to = ", ".join(f"{name} = said.{name}" for name in KEYS)
    lists = ", ".join(["%s::text[]"] * (len(KEYS) + 1))
    connection.exec_driver_sql(
        f"UPDATE claim SET {to} FROM unnest({lists}) AS said(key, {', '.join(KEYS)})"
        f" WHERE claim.file_id = {int(file_id)} AND claim.key = said.key",
        tuple(map(list, zip(*rows, strict=True))),
    )
