"""Export a query of the target's database into a Parquet file, by COPY and without holding it in Python."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import duckdb
import psycopg2
import psycopg2.extensions

from stampede.errors import StampedeError
from stampede.evidence.columns import TIMES, Column, require_columns
from stampede.evidence.engine import MEMORY_LIMIT, THREADS, engine, literal, write_parquet

Connection = psycopg2.extensions.connection
# Rows on their way from the server to the temporary file.
BUFFER_BYTES = 1 << 18
# The longest row. DuckDB's own buffer for rows of this length would take 128 MiB per thread.
LINE_BYTES = 8 << 20
Found = list[tuple[str, int]]  # name, type of each column of the query


def export_part(
    connection: Connection,
    query: str,
    columns: Sequence[Column],
    path: Path,
    *,
    file: str = "",
    memory_limit: str = MEMORY_LIMIT,
    threads: int = THREADS,
) -> int:
    """Write the query's rows, in the connection's transaction, to a Parquet file; return their number.

    `file` is the query's file name in messages. The caller sets a savepoint: an error leaves the transaction aborted.

    Raises:
        StampedeError: the query failed or timed out, or its columns or values are not those of the part.
    """
    name = file or path.stem
    text = query.strip().rstrip(";").rstrip()
    try:
        found = _describe(connection, text)
        require_columns(name, columns, [column for column, _ in found])
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".export-", buffering=BUFFER_BYTES) as rows:
            _copy(connection, text, found, rows.file)
            rows.flush()
            with engine(memory_limit, threads) as database:
                return write_parquet(database, _typed(Path(rows.name), columns, found), path)
    except psycopg2.Error as error:
        raise StampedeError(f"{name}: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise StampedeError(f"{name}: {_first_line(error)}") from error


def _describe(connection: Connection, query: str) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from (\n{query}\n) part limit 0")
        assert cursor.description is not None
        return [(column.name, column.type_code) for column in cursor.description]


def _copy(connection: Connection, query: str, found: Found, target: IO[bytes]) -> None:
    chosen = ", ".join(
        f"extract(epoch from {_quoted(name)}) as {_quoted(name)}" if kind in TIMES else _quoted(name)
        for name, kind in found
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"copy (select {chosen} from (\n{query}\n) part) to stdout (format csv, encoding 'UTF8')",
            target,
        )


def _typed(rows: Path, columns: Sequence[Column], found: Found) -> str:
    """The query that reads the copied rows, with the part's columns and types."""
    names = {name for name, _ in found}
    raw = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in found) + "}"
    chosen = ", ".join(_value(column, column.name in names) for column in columns)
    return f"""select {chosen} from read_csv({literal(rows)}, columns = {raw}, header = false,
        delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, auto_detect = false,
        max_line_size = {LINE_BYTES}, buffer_size = {2 * LINE_BYTES})"""


def _value(column: Column, given: bool) -> str:
    name = _quoted(column.name)
    if not given:
        return f"cast({column.default} as {column.kind}) as {name}"
    value = f"cast({name} as {column.kind})"
    if column.default is None and not column.nullable:
        refusal = literal(f"the column {column.name} holds a null")
        return f"case when {name} is null then error({refusal}) else {value} end as {name}"
    return f"coalesce({value}, {column.default or 'null'}) as {name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error).strip().splitlines()[0]) if str(error).strip() else type(error).__name__
