from typing import get_args

from api.locking import STRATEGIES, strategy
from api.settings import Locking, Settings


def test_setting_allows_exactly_the_strategies_there_are() -> None:
    assert get_args(Locking) == tuple(STRATEGIES)


def test_every_strategy_can_be_made() -> None:
    urls = {"database_url": "postgresql://x", "redis_url": "redis://x", "jwt_secret": "x" * 32}
    made = [strategy(Settings.model_validate({**urls, "locking": name})) for name in STRATEGIES]
    assert len({type(one) for one in made}) == len(STRATEGIES)
