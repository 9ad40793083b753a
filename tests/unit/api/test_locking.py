from typing import get_args

from api.locking import STRATEGIES, strategy
from api.settings import Settings


def test_setting_allows_exactly_the_strategies_there_are() -> None:
    assert set(get_args(Settings.model_fields["locking"].annotation)) == set(STRATEGIES)


def test_every_strategy_can_be_made() -> None:
    assert len({type(strategy(name)) for name in STRATEGIES}) == len(STRATEGIES)
