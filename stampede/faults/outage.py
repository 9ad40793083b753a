"""How long nothing succeeded: at the worst moment of a run, and from each fault to the next success."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.engine import OPERATIONS, engine, literal
from stampede.suite.fault import Injection
from stampede.verify.views import first_line

# What a server had answered before the fault may arrive after it; and a fault may take a moment to show.
GRACE_S = 1.0

# The stretches between one success and the next, also from the first request on and from the last success to the end of
# the load.
STRETCHES = """
with ends as (
    select min(invoked_at) as first, max(coalesce(completed_at, invoked_at)) as moment from read_parquet({file})
),
answered as (
    select completed_at as moment from read_parquet({file})
    where outcome in ('ok', 'refused') and completed_at is not null
),
successes as (select moment from answered union all select first from ends where exists (from answered))
select moment as begun, coalesce(lead(moment) over (order by moment), (select moment from ends)) as ended,
       lead(moment) over (order by moment) is null as is_open
from successes
"""
LONGEST = "select ended - begun, is_open from stretches order by 1 desc limit 1"
OVERLAPPING = """
select ended - greatest(begun, $begun), is_open from stretches
where begun <= $ended + $grace and ended >= $begun
order by 1 desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without any success. `open`: it lasted until the end of the load."""

    seconds: float
    open: bool = False


@dataclass(frozen=True, slots=True)
class Outages:
    """`unavailable`: the longest outage. `recovery`: the longest from a fault to the next success; None of no fault."""

    unavailable: Outage | None = None
    recovery: Outage | None = None

    def metric(self, name: str) -> Outage | None:
        """The outage that a threshold's word means."""
        outage: Outage | None = getattr(self, name)
        return outage


def measure_outages(evidence: Path, started_at: float, injections: Sequence[Injection]) -> Outages:
    """The outages of a run; `started_at` is the start of the load by the master's clock.

    Raises:
        StampedeError: operations.parquet cannot be read.
    """
    spans = [(started_at + begun_s, started_at + ended_s) for one in injections for begun_s, ended_s in one.spans]
    try:
        with engine() as connection:
            stretches = STRETCHES.format(file=literal(evidence / OPERATIONS))
            connection.execute(f"create temp table stretches as {stretches}")
            found = [_read(connection, OVERLAPPING, *span) for span in spans]
            recoveries = [outage for outage in found if outage is not None]
            return Outages(_read(connection, LONGEST), max(recoveries, key=_seconds, default=None))
    except (duckdb.Error, OSError) as error:
        raise StampedeError(f"The outages of the run could not be measured: {first_line(error)}") from None


def _seconds(outage: Outage) -> float:
    return outage.seconds


def _read(connection: duckdb.DuckDBPyConnection, query: str, *span: float) -> Outage | None:
    given = {"begun": span[0], "ended": span[1], "grace": GRACE_S} if span else None
    row = connection.execute(query, given).fetchone()
    return None if row is None else Outage(max(0.0, float(row[0])), bool(row[1]))
