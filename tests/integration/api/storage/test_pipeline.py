import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest
import sqlalchemy as sa
import uvloop

from api import deadline
from api.deadline import Deadline
from api.problems import CONFLICT, ProblemError
from api.storage.pipeline import Connector, Pipeline
from api.storage.session import DEPTH, Query, Record
from tests.conftest import Database, free_port, wait_until

SCHEMA = """
create table things (id integer primary key, arrived bigint generated always as identity);
create function keep(asked integer, out id integer, out backend integer) language sql as $$
    insert into things values (asked) returning id, pg_backend_pid()
$$;
create function fail(code text, out id integer) language plpgsql as $$
    begin raise exception 'on purpose' using errcode = code; end
$$;
"""
KEEP = "select * from keep($1)"
BACKENDS = "select pid from pg_stat_activity where datname = current_database() and application_name = 'stampede-api'"
Work = Callable[[Pipeline], Awaitable[None]]


@pytest.fixture
def things(empty_database: Database) -> Database:
    with empty_database.engine.begin() as connection:
        connection.exec_driver_sql(SCHEMA)
    return empty_database


@asynccontextmanager
async def opened(database: Database, timeout_s: float) -> AsyncIterator[Pipeline]:
    deadline.begin(Deadline(timeout_s))
    pipeline = Pipeline(Connector(database.url, timeout_s))
    try:
        yield pipeline
    finally:
        await pipeline.close()


def work_with(database: Database, work: Work, timeout_s: float = 10) -> None:
    async def go() -> None:
        async with opened(database, timeout_s) as pipeline:
            await work(pipeline)

    uvloop.run(go())


async def first_row(pipeline: Pipeline, statement: str, *arguments: object) -> Record | None:
    """Of a request that begins now."""
    deadline.begin(Deadline(deadline.current().timeout_s))
    return next(iter(await pipeline.run(Query(statement, arguments))), None)


async def keep(pipeline: Pipeline, *numbers: int) -> list[object]:
    """What each is answered: its id, or the code of its problem."""

    async def ask(number: int) -> object:
        try:
            row = await first_row(pipeline, KEEP, number)
        except ProblemError as error:
            return error.problem.code
        return row and row["id"]

    return await asyncio.gather(*map(ask, numbers))


def kept(database: Database) -> list[int]:
    with database.engine.connect() as connection:
        return list(connection.scalars(sa.text("select id from things order by arrived")))


def backends(database: Database) -> list[int]:
    with database.engine.connect() as connection:
        return list(connection.scalars(sa.text(BACKENDS)))


def test_statements_run_in_the_order_of_arrival_and_each_gets_its_own_answer(things: Database) -> None:
    numbers = list(range(3 * DEPTH))[::-1]

    async def work(pipeline: Pipeline) -> None:
        assert await keep(pipeline, *numbers) == numbers
        assert len(backends(things)) == 1

    work_with(things, work)
    assert kept(things) == numbers


def test_statement_that_fails_takes_no_other_with_it(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        first, second, third = await asyncio.gather(
            *(first_row(pipeline, KEEP, number) for number in (1, 1, 2)), return_exceptions=True
        )
        assert isinstance(second, psycopg.errors.UniqueViolation)
        assert second.diag.constraint_name == "things_pkey"
        assert [row["id"] for row in (first, third) if isinstance(row, dict)] == [1, 2]

    work_with(things, work)
    assert kept(things) == [1, 2]


def test_values_arrive_as_python_s_own(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        row = await first_row(
            pipeline, "select $1::text as text, $2::bigint as number, $3::boolean as truth", "ü'", 7, None
        )
        assert row == {"text": "ü'", "number": 7, "truth": None}
        assert await first_row(pipeline, "select 1 where false") is None

    work_with(things, work)


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_conflict_is_told_as_one(things: Database, code: str) -> None:
    async def work(pipeline: Pipeline) -> None:
        with pytest.raises(ProblemError) as caught:
            await first_row(pipeline, "select * from fail($1)", code)
        assert caught.value.problem is CONFLICT

    work_with(things, work)


def test_statement_that_could_not_be_prepared_is_prepared_anew(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await first_row(pipeline, "select * from later")
        with things.engine.begin() as connection:
            connection.exec_driver_sql("create table later as select 5 as n")
        assert await first_row(pipeline, "select * from later") == {"n": 5}

    work_with(things, work)


def test_value_that_cannot_be_sent_harms_nobody_else(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        with pytest.raises(psycopg.DataError, match="NUL"):
            await first_row(pipeline, "select $1::text as text", "a\0b")
        assert await keep(pipeline, 1) == [1]

    work_with(things, work)


def test_statement_whose_columns_have_changed_is_prepared_anew(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        with things.engine.begin() as connection:
            connection.exec_driver_sql("create table wide as select 5 as n")
        assert await first_row(pipeline, "select * from wide") == {"n": 5}
        with things.engine.begin() as connection:
            connection.exec_driver_sql("alter table wide add m integer")
        assert await first_row(pipeline, "select * from wide") == {"n": 5, "m": None}

    work_with(things, work)


@pytest.mark.parametrize("answered", [0, 1], ids=["at once", "after an answer"])
def test_silent_server_is_hung_up_on_and_writes_nothing_more(things: Database, answered: int) -> None:
    async def work(pipeline: Pipeline) -> None:
        before = [asyncio.create_task(first_row(pipeline, "select pg_sleep(0.2)::text")) for _ in range(answered)]
        await asyncio.to_thread(wait_until, lambda: pipeline.is_busy or not before)
        with things.engine.begin() as holder:
            holder.exec_driver_sql("lock table things")
            told = await keep(pipeline, *range(DEPTH + 3))
            assert told == ["outcome_unknown"] * DEPTH + ["database_busy"] * 3
            await asyncio.to_thread(wait_until, lambda: backends(things) == [])
        assert await keep(pipeline, 100) == [100]
        await asyncio.gather(*before)

    work_with(things, work, timeout_s=2)
    assert kept(things) == [100]


def test_who_waits_in_line_is_refused_while_those_sent_may_still_be_answered(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        with things.engine.begin() as holder:
            holder.exec_driver_sql("lock table things")
            asked = asyncio.create_task(keep(pipeline, *range(DEPTH + 3)))
            await asyncio.to_thread(wait_until, lambda: pipeline.waiting == 3)
            await asyncio.to_thread(wait_until, lambda: pipeline.waiting == 0)
        assert await asked == [*range(DEPTH), *["database_busy"] * 3]

    work_with(things, work, timeout_s=4)
    assert kept(things) == list(range(DEPTH))


def test_server_that_talks_nonsense_is_hung_up_on(things: Database) -> None:
    address, port = things.url, things.engine.url.port
    goes_mad = asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_server: bool) -> None:
        while data := await reader.read(1 << 16):
            writer.write(bytes(64) if is_server and goes_mad.is_set() else data)
        writer.close()

    async def stand_between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            pass_on(reader, their_writer, is_server=False), pass_on(their_reader, writer, is_server=True)
        )

    async def work(_: Pipeline) -> None:
        proxy = await asyncio.start_server(stand_between, "127.0.0.1", free_port())
        pipeline = Pipeline(Connector(address.replace(f":{port}/", f":{proxy.sockets[0].getsockname()[1]}/"), 5))
        assert await keep(pipeline, 1) == [1]
        goes_mad.set()
        assert await keep(pipeline, 2) == ["outcome_unknown"]
        goes_mad.clear()
        assert await keep(pipeline, 3) == [3]
        await pipeline.close()
        proxy.close()

    work_with(things, work)


def test_those_who_wait_for_the_connection_are_counted_and_it_is_not_made_after_the_end(things: Database) -> None:
    async def work(_: Pipeline) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            url = things.url.replace(f":{things.engine.url.port}/", f":{mute.getsockname()[1]}/")
            pipeline = Pipeline(Connector(url, 60))
            asked = [asyncio.create_task(keep(pipeline, number)) for number in range(3)]
            await asyncio.to_thread(wait_until, lambda: pipeline.waiting == 3)
            await pipeline.close()
            assert await asyncio.gather(*asked) == [["database_unavailable"]] * 3
            assert await keep(pipeline, 4) == ["database_unavailable"]
            assert (pipeline.waiting, pipeline.is_busy) == (0, False)

    work_with(things, work)


def test_slow_server_that_still_answers_is_not_hung_up_on(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        before = await first_row(pipeline, "select pg_backend_pid() as pid")
        naps = [first_row(pipeline, "select pg_sleep(1.6)::text as nap") for _ in range(3)]
        told = await asyncio.gather(*naps, return_exceptions=True)
        assert [isinstance(one, ProblemError) for one in told] == [False, False, True]
        assert await first_row(pipeline, "select pg_backend_pid() as pid") == before

    work_with(things, work, timeout_s=4)


def test_broken_connection_leaves_the_outcome_unknown_and_is_made_anew(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        assert await keep(pipeline, 1) == [1]
        with things.engine.begin() as holder:
            holder.exec_driver_sql("lock table things")
            asked = asyncio.create_task(keep(pipeline, *range(10, 10 + DEPTH + 1)))
            await asyncio.to_thread(wait_until, lambda: pipeline.waiting == 1)
            holder.execute(sa.text("select pg_terminate_backend(:pid)"), {"pid": backends(things)[0]})
            assert await asked == ["outcome_unknown"] * DEPTH + ["database_unavailable"]
        assert await keep(pipeline, 2) == [2]

    work_with(things, work)
    assert kept(things) == [1, 2]


def test_connection_that_broke_while_nobody_used_it_is_made_anew(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        assert await keep(pipeline, 1) == [1]
        with things.engine.begin() as connection:
            connection.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": backends(things)[0]})
        await asyncio.sleep(0.1)  # the loop hears of it
        assert await keep(pipeline, 2) == [2]

    work_with(things, work)


def test_server_that_is_down_is_told_to_everybody(things: Database) -> None:
    async def work(_: Pipeline) -> None:
        url = things.url.replace(f":{things.engine.url.port}/", f":{free_port()}/")
        pipeline = Pipeline(Connector(url, 5))
        assert await keep(pipeline, 1, 2, 3) == ["database_unavailable"] * 3
        assert not pipeline.is_busy

    work_with(things, work)


def test_who_hangs_up_under_way_takes_nobody_else_s_answer(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        await keep(pipeline, 1000)
        with things.engine.begin() as holder:
            holder.exec_driver_sql("lock table things")
            first, second, third = (asyncio.create_task(keep(pipeline, number)) for number in range(3))
            await asyncio.to_thread(wait_until, lambda: pipeline.is_busy)
            second.cancel()
        assert (await first, await third) == ([0], [2])

    work_with(things, work)
    assert kept(things) == [1000, 0, 1, 2]


def test_who_hangs_up_in_line_is_not_sent(things: Database) -> None:
    async def work(pipeline: Pipeline) -> None:
        assert await keep(pipeline, 1000) == [1000]
        with things.engine.begin() as holder:
            holder.exec_driver_sql("lock table things")
            sent = asyncio.create_task(keep(pipeline, *range(DEPTH)))
            await asyncio.sleep(0)
            late = asyncio.create_task(keep(pipeline, 500))
            await asyncio.to_thread(wait_until, lambda: pipeline.waiting == 1)
            late.cancel()
        assert await sent == list(range(DEPTH))
        assert await keep(pipeline, 501) == [501]

    work_with(things, work)
    assert 500 not in kept(things)
