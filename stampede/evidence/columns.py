"""The columns of the evidence that comes from the target's database."""

from collections.abc import Sequence
from dataclasses import dataclass

from stampede.errors import StampedeError

TIMES = {1184, 1114, 1082}  # timestamptz, timestamp, date: exported as unix seconds


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type in Parquet, and what stands for it where the query lacks it (none: required).

    A required column holds no null, unless it is `nullable`.
    """

    name: str
    kind: str = "VARCHAR"
    default: str | None = "null"
    nullable: bool = False


EFFECTS = (
    Column("op_id"),
    Column("key"),
    Column("actor"),
    Column("action", default=None),
    Column("entity", default=None),
    Column("version", "BIGINT"),
    Column("refused"),
    Column("answer"),
    Column("seeded", "BOOLEAN", "false"),
    Column("occurred_at", "DOUBLE"),
    Column("implied", "BOOLEAN", "false"),
    Column("adds"),
)
STATES = (
    Column("entity", default=None),
    Column("version", "BIGINT", None),
    Column("facts", default=None, nullable=True),
    Column("allows", default="'[]'"),
    Column("actor"),
    Column("aspect", default="''"),
    Column("from_time", "DOUBLE"),
    Column("until_time", "DOUBLE"),
)
FROZEN = (Column("table_name", default=None), Column("row_key", default=None), Column("fingerprint", default=None))


def require_columns(file: str, columns: Sequence[Column], found: Sequence[str]) -> None:
    """Refuse a query whose columns are not those of the part.

    Raises:
        StampedeError: a required column is missing, one is unknown, or one occurs twice.
    """
    known = ", ".join(column.name for column in columns)
    for name in found:
        if name not in {column.name for column in columns}:
            raise StampedeError(f"{file}: unknown column {name!r}; the columns are {known}.")
        if list(found).count(name) > 1:
            raise StampedeError(f"{file}: the column {name!r} occurs twice.")
    for column in columns:
        if column.default is None and column.name not in found:
            raise StampedeError(f"{file}: the column {column.name!r} is missing; the columns are {known}.")
