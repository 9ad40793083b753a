import asyncio

import pytest

from api import deadline
from api.deadline import Deadline
from api.guards.contention import Row
from api.guards.turnstile import Turnstile
from api.problems import DATABASE_BUSY, ProblemError

ONE, OTHER = Row("things", 1), Row("things", 2)


async def pass_through(turnstile: Turnstile, *rows: Row, timeout_s: float = 0.01) -> None:
    deadline.begin(Deadline(timeout_s))
    async with turnstile.passing(rows):
        pass


def test_who_waits_too_long_at_the_turnstile_gives_up_while_the_turn_is_held() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([ONE]):
            for _ in range(2):
                with pytest.raises(ProblemError) as refused:
                    await pass_through(turnstile, ONE)
                assert refused.value.problem is DATABASE_BUSY
        await pass_through(turnstile, ONE)

    asyncio.run(meet())


def test_who_gives_up_at_one_row_leaves_the_turn_at_the_others() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([OTHER]):
            with pytest.raises(ProblemError):
                await pass_through(turnstile, ONE, OTHER)
            await pass_through(turnstile, ONE)
        await pass_through(turnstile, ONE, OTHER)

    asyncio.run(meet())


def test_turnstile_lets_through_in_the_order_of_arrival() -> None:
    passed: list[int] = []

    async def go(turnstile: Turnstile, number: int) -> None:
        async with turnstile.passing([ONE]):
            passed.append(number)
            await asyncio.sleep(0)

    async def meet() -> None:
        turnstile = Turnstile()
        await asyncio.gather(*(go(turnstile, number) for number in range(10)))

    asyncio.run(meet())
    assert passed == list(range(10))


def test_who_is_cancelled_as_the_turn_comes_gives_it_to_the_next() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([ONE]):
            unlucky, next_one = (asyncio.create_task(pass_through(turnstile, ONE, timeout_s=5)) for _ in range(2))
            await asyncio.sleep(0)
        unlucky.cancel()
        await asyncio.wait([unlucky])
        assert unlucky.cancelled()
        await asyncio.wait_for(next_one, 1)

    asyncio.run(meet())


def test_who_is_cancelled_as_the_wait_ends_takes_no_turn_from_who_has_it() -> None:
    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([ONE]):
            unlucky = asyncio.create_task(pass_through(turnstile, ONE, timeout_s=0))
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(0, unlucky.cancel)
            await asyncio.wait([unlucky])
            assert unlucky.cancelled()
            with pytest.raises(ProblemError):
                await pass_through(turnstile, ONE)

    asyncio.run(meet())


def test_turn_passes_over_a_client_that_has_left() -> None:
    passed: list[str] = []

    async def go(turnstile: Turnstile, name: str, *, has_left: bool) -> None:
        deadline.begin(Deadline(5, lambda: has_left))
        async with turnstile.passing([ONE]):
            passed.append(name)

    async def meet() -> None:
        turnstile = Turnstile()
        async with turnstile.passing([ONE]):
            gone = asyncio.create_task(go(turnstile, "gone", has_left=True))
            next_one = asyncio.create_task(go(turnstile, "next", has_left=False))
            await asyncio.sleep(0)
        await asyncio.wait([gone, next_one])
        assert isinstance(gone.exception(), ProblemError)

    asyncio.run(meet())
    assert passed == ["next"]
