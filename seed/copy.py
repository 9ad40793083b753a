"""COPY through psycopg2 from rows that are made while they are sent."""

from collections.abc import Iterable, Iterator
from typing import cast

import psycopg2.extensions
import sqlalchemy as sa

from seed.world import Advance, constraints_of

NULL = r"\N"
READ_SIZE = 1 << 18


class _Stream:
    """File-like: hands the lines of an iterator to psycopg2 block by block."""

    def __init__(self, blocks: Iterator[list[str]], advance: Advance) -> None:
        self._blocks = blocks
        self._advance = advance

    def read(self, size: int = READ_SIZE) -> str:
        """About `size` characters of whole rows; empty at the end."""
        taken: list[str] = []
        length = 0
        for block in self._blocks:
            text = "\n".join(block)
            taken.append(text)
            length += len(text) + 1
            self._advance(len(block))
            if length >= size:
                break
        return "\n".join(taken) + "\n" if taken else ""


def copy_rows(
    connection: sa.Connection, table: str, columns: str, blocks: Iterable[list[str]], advance: Advance
) -> None:
    """Copy blocks of tab-separated rows into a table made or truncated in this transaction."""
    driver = cast(psycopg2.extensions.connection, connection.connection.dbapi_connection)
    statement = f"copy {table} ({columns}) from stdin with (freeze)"
    with driver.cursor() as cursor:
        cursor.copy_expert(statement, _Stream(iter(blocks), advance), READ_SIZE)  # type: ignore[arg-type]  # only reads


def fill_table(
    engine: sa.Engine, system: str, table: str, columns: str, blocks: Iterable[list[str]], advance: Advance
) -> None:
    """Fill an empty table, then constrain it: COPY into a table with its indexes is eight times slower."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"truncate {system}.{table}")
        copy_rows(connection, f"{system}.{table}", columns, blocks, advance)
        for statement in constraints_of(system, table):
            connection.exec_driver_sql(statement)
