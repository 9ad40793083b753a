from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest

from stampede.stack import postgres
from tests import ROOT
from tests.conftest import Lab


def test_new_database_starts_with_the_suites_sql(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    server_url = f"{lab.settings.database_url.rpartition('/')[0]}/postgres"
    monkeypatch.setattr(postgres, "DATABASE", f"test_{uuid4().hex}")
    server = psycopg2.connect(server_url)
    postgres.create_database(server, ROOT / "deploy", "extensions.sql")
    postgres.create_database(server, Path("/nowhere"), "never read: the database is there")
    made = psycopg2.connect(f"{server_url.rpartition('/')[0]}/{postgres.DATABASE}")
    with made.cursor() as cursor:
        cursor.execute("select count(*) from pg_extension where extname = 'pg_stat_statements'")
        assert cursor.fetchone() == (1,)
    made.close()
    with server.cursor() as cursor:
        cursor.execute(f"drop database {postgres.DATABASE}")
    server.close()
