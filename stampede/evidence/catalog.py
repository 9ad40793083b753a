"""Fingerprints of the definitions of the target's schemas: columns, constraints, indexes, triggers, functions, ..."""

from collections.abc import Sequence
from pathlib import Path

import psycopg2.extensions

Connection = psycopg2.extensions.connection

CATALOG = "catalog"  # the table name of these rows; a real one has a dot
DEFINITIONS = Path(__file__).parent / "sql" / "catalog.sql"
ROWS = """select %s::text as table_name, row_key, fingerprint
    from unnest(%s::text[], %s::text[]) as c (row_key, fingerprint)"""


def catalog_query(connection: Connection, schemas: Sequence[str]) -> str:
    """SQL that returns one fingerprint per definition, as they are now."""
    rows = _read_definitions(connection, schemas)
    with connection.cursor() as cursor:
        query = cursor.mogrify(ROWS, (CATALOG, [key for key, _ in rows], [fingerprint for _, fingerprint in rows]))
    return query.decode(psycopg2.extensions.encodings[connection.encoding])


def _read_definitions(connection: Connection, schemas: Sequence[str]) -> list[tuple[str, str]]:
    """Key and fingerprint of each definition, read with an empty search path: it decides which names are qualified.

    The search path is then restored; policies of the target's tables may depend on it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('search_path')")
        (search_path,) = cursor.fetchone() or ("",)
        cursor.execute("select set_config('search_path', '', true)")
        cursor.execute(DEFINITIONS.read_text(), {"schemas": list(schemas)})
        rows = cursor.fetchall()
        cursor.execute("select set_config('search_path', %s, true)", (search_path,))
    return rows
