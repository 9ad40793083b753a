import asyncio
from typing import get_args

import pytest

from api import errors
from api.contention import Row
from api.locking import STRATEGIES, Turnstile, strategy
from api.settings import Locking, Settings

ONE, OTHER = Row("things", 1), Row("things", 2)


def test_setting_allows_exactly_the_strategies_there_are() -> None:
    assert get_args(Locking) == tuple(STRATEGIES)


def test_every_strategy_can_be_made() -> None:
    urls = {"database_url": "postgresql://x", "redis_url": "redis://x", "jwt_secret": "x" * 32}
    made = [strategy(Settings.model_validate({**urls, "locking": name})) for name in STRATEGIES]
    assert len({type(one) for one in made}) == len(STRATEGIES)


async def pass_through(turnstile: Turnstile, *rows: Row) -> None:
    async with turnstile.passing(rows, 0.01):
        pass


def test_who_waits_too_long_at_the_turnstile_gives_up_while_the_turn_is_held() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([ONE], 0.01):
            for _ in range(2):
                with pytest.raises(errors.ProblemError) as refused:
                    await pass_through(turnstile, ONE)
                assert refused.value.problem is errors.DATABASE_BUSY
        await pass_through(turnstile, ONE)

    asyncio.run(meet())


def test_who_gives_up_at_one_row_leaves_the_turn_at_the_others() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([OTHER], 0.01):
            with pytest.raises(errors.ProblemError):
                await pass_through(turnstile, ONE, OTHER)
            await pass_through(turnstile, ONE)
        await pass_through(turnstile, ONE, OTHER)

    asyncio.run(meet())


def test_turnstile_lets_through_in_the_order_of_arrival() -> None:
    passed: list[int] = []

    async def go(turnstile: Turnstile, number: int) -> None:
        async with turnstile.passing([ONE], 5):
            passed.append(number)
            await asyncio.sleep(0)

    async def meet() -> None:
        turnstile = Turnstile()
        await asyncio.gather(*(go(turnstile, number) for number in range(10)))

    asyncio.run(meet())
    assert passed == list(range(10))
