import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seed.world import make_engine
from stampede.stack import postgres
from tests import ROOT
from tests.conftest import Lab, create_database, create_tables
from tests.integration.api.twins import Twin


@pytest.fixture(scope="session")
def target(lab: Lab) -> Iterator[Twin]:
    """A target with an empty database, and a cache, of its own."""
    cache = f"{lab.settings.redis_url.rpartition('/')[0]}/1"
    owner, api = (lab.settings.url_of(role, "evidence") for role in (postgres.USER, "api"))
    create_database(owner)
    engine = make_engine(owner)
    create_tables(engine)
    with lab.target(DATABASE_URL=api, REDIS_URL=cache, API_WORKERS="1") as url:
        yield Twin(url, engine)
    engine.dispose()


def rows_of(target: Twin, part: str, system: str) -> list[dict[str, Any]]:
    """What the suite's query gives, facts and answers parsed, JSON null as clients record it."""
    query = Path(ROOT, "sql", part, f"{system}.sql").read_text()
    with target.engine.connect() as connection:
        rows = [dict(row) for row in connection.exec_driver_sql(query.replace("%", "%%")).mappings()]
    for row in rows:
        for column in ("facts", "answer", "allows", "adds"):
            if row.get(column) is not None:
                row[column] = recorded(json.loads(row[column]))
    return rows


def recorded(value: Any) -> Any:
    """A flat answer as clients record it."""
    if isinstance(value, dict):
        return {name: "null" if fact is None else fact for name, fact in value.items()}
    return value
