"""Two targets with a database each, the same to begin with: one decides in Python, the other in SQL."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import sqlalchemy as sa

from seed.world import make_engine
from stampede.stack import postgres
from tests.conftest import Lab, create_database, create_tables
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, is_replay


@dataclass(frozen=True)
class Ask:
    """A write to be sent to both."""

    method: str
    path: str
    body: Mapping[str, object] | None = None
    key: str | None = None
    token: str | None = None


@dataclass
class Twin:
    """One of them."""

    url: str
    engine: sa.Engine
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, ask: Ask) -> tuple[int, bool, dict[str, Any]]:
        """Status, whether it was told before, body."""
        headers = {"Idempotency-Key": ask.key} if ask.key else {}
        headers |= {"Authorization": f"Bearer {ask.token}"} if ask.token else {}
        answer = self.session.request(
            ask.method, self.url + ask.path, json=ask.body, headers=headers, timeout=REQUEST_TIMEOUT_S
        )
        return answer.status_code, is_replay(answer), answer.json()

    def execute(self, statement: str, rows: list[dict[str, object]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), rows)

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]


@contextmanager
def running_twins(lab: Lab, *strategies: str) -> Iterator[list[Twin]]:
    with ExitStack() as stack:
        twins = []
        for strategy in strategies:
            name = f"twin_{strategy}"
            owner = lab.settings.url_of(postgres.USER, name)
            create_database(owner)
            engine = make_engine(owner)
            create_tables(engine)
            stack.callback(engine.dispose)
            target = lab.target(LOCKING=strategy, DATABASE_URL=lab.settings.url_of("api", name), API_WORKERS="1")
            twins.append(Twin(stack.enter_context(target), engine))
        yield twins
