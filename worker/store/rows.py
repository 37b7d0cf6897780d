"""What every table is made of: its class, a moment, a text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, MetaData, Text
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel
from sqlmodel.main import get_column_from_field


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


class StoredRow(SQLModel):
    """A row as its table declares it: each class that is made of this one is a table.

    Nothing is mapped to objects: queries speak of the tables, and making 50 mappers and validators
    that nobody calls would be a third of the start of every command.
    """

    model_config = {"defer_build": True}
    #: Constraints get a name, so that a migration can drop them.
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **more: Any) -> None:
        columns = {name: get_column_from_field(field) for name, field in cls.model_fields.items()}
        for name, column in columns.items():
            column.name = column.key = name
        arguments = getattr(cls, "__table_args__", ())
        options = {
            name: one for part in arguments if isinstance(part, dict) for name, one in part.items()
        }
        rest = (part for part in arguments if not isinstance(part, dict))
        SqlTable(str(cls.__tablename__), cls.metadata, *columns.values(), *rest, **options)


def text(**more: Any) -> Any:
    """A text column of any length, empty by default."""
    return Field(default="", sa_type=Text, **more)


def table_of(model: type[StoredRow]) -> SqlTable:
    """The table of a model."""
    found: SqlTable = StoredRow.metadata.tables[str(model.__tablename__)]
    return found
