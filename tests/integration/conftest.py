from collections.abc import Iterator

import psycopg2
import pytest

from seed.seeders import SEEDERS
from seed.world import make_engine, make_world
from tests.conftest import Lab, create_database
from tests.integration.scene import RULES, Rules, Scene, read_systems


@pytest.fixture(scope="session")
def scenes(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = f"{lab.settings.database_url.rpartition('/')[0]}/violations"
    create_database(url)
    engine = make_engine(url)
    for rules in RULES:
        make_world(engine, SEEDERS[rules.system], 1, rules.world)
    engine.dispose()
    # Its transaction stays open while other tests run.
    connection = psycopg2.connect(url, options="-c idle_in_transaction_session_timeout=0")
    yield Scene(connection, tmp_path_factory.mktemp("scenes"), read_systems())
    connection.close()


@pytest.fixture
def scene(scenes: Scene, rules: Rules) -> Scene:
    scenes.reset(rules)
    return scenes
