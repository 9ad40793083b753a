from typing import get_args

from api.guards.locking import STRATEGIES
from api.web.settings import Locking


def test_setting_allows_exactly_the_strategies_there_are() -> None:
    assert get_args(Locking) == tuple(STRATEGIES)


def test_every_strategy_can_be_made() -> None:
    made = [make("redis://x") for make in STRATEGIES.values()]
    assert len({type(one) for one in made}) == len(STRATEGIES)
