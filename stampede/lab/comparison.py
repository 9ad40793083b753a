"""The comparison of strategies: what was measured, as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from stampede.lab.peer import Peer, best, middle
from stampede.lab.runs import Run
from stampede.suite.model import Guard

HEADER = (
    "strategy", "accepted/s", "of peer", "winners p50 / p99", "losers p50 / p99", "retries per success",
    "database CPU", "waiting for locks", "anomalies", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything measured in one comparison of a guard's strategies. Runs with a delay belong to the sweep."""

    guard: Guard
    plan: str
    arguments: tuple[str, ...]
    runs: tuple[Run, ...]
    peers: tuple[Peer, ...]
    machine: str

    def of(self, strategy: str, delay_ms: float = 0) -> list[Run]:
        """The runs of a strategy with a delay."""
        return [run for run in self.runs if run.strategy == strategy and run.delay_ms == delay_ms]

    @property
    def strategies(self) -> list[str]:
        """Those that were run, in the order of the suite."""
        return [name for name in self.guard.strategies if self.of(name)]

    @property
    def delays_ms(self) -> list[float]:
        """All delays, ascending."""
        return sorted({run.delay_ms for run in self.runs})

    def accepted_per_s(self, strategy: str, delay_ms: float = 0) -> float | None:
        """The median over the repetitions; None where there is none."""
        runs = self.of(strategy, delay_ms)
        return median(run.accepted_per_s for run in runs) if runs else None

    def peer(self, strategy: str) -> float | None:
        """The database's best with the strategy's own transaction, else with the default strategy's."""
        measured = {one.script for one in self.peers}
        script = strategy if strategy in measured else self.guard.default
        return best(self.peers, script).per_s if script in measured else None


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """As JSON has it."""
    return asdict(comparison)


def render_markdown(comparison: Comparison) -> str:
    """The table, the peer's lines, and the sweep where there was one."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    lines += [_line(_row(comparison, strategy)) for strategy in comparison.strategies]
    lines += ["", *_render_peers(comparison)]
    if len(comparison.delays_ms) > 1:
        lines += ["", *_render_sweep(comparison)]
    told = " ".join(["stampede compare", comparison.plan, *comparison.arguments])
    return "\n".join([f"`{told}`; {comparison.machine}", "", *lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(comparison: Comparison, strategy: str) -> list[str]:
    runs = comparison.of(strategy)
    accepted = median(run.accepted_per_s for run in runs)
    peer = comparison.peer(strategy)
    anomalies = sorted({name for run in runs for name in run.anomalies})
    named = ", ".join(anomalies[:3]) + (", …" if len(anomalies) > 3 else "")
    verdicts = [run.verdict for run in runs]
    told = ", ".join(f"{verdicts.count(word)} {word}" for word in ("PASS", "FAIL", "UNKNOWN") if word in verdicts)
    return [
        strategy if strategy in comparison.guard.right else f"{strategy} (wrong)",
        f"{accepted:,.0f}",
        f"{accepted / peer:.2f}" if peer else "",
        _times([run.winners_ms for run in runs]),
        _times([run.losers_ms for run in runs]),
        f"{median(run.retries_per_success for run in runs):.2f}",
        _middle([run.database_cpu_ms for run in runs], "ms each"),
        _middle([run.lock_waiters for run in runs], "sessions"),
        f"{len(anomalies)}: {named}" if anomalies else "none",
        told,
    ]


def _times(pairs: list[tuple[float, float] | None]) -> str:
    known = [pair for pair in pairs if pair]
    if not known:
        return ""
    return f"{median(p50 for p50, _ in known):.0f} / {median(p99 for _, p99 in known):.0f} ms"


def _middle(values: list[float | None], unit: str) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.1f} {unit}" if known else ""


def _render_peers(comparison: Comparison) -> Iterator[str]:
    for script in sorted({one.script for one in comparison.peers}):
        each = middle(comparison.peers, script)
        rounds = len([one for one in comparison.peers if one.script == script]) // len(each)
        told = ", ".join(f"{one.per_s:,.0f} with {one.clients}" for one in each)
        yield f"Database alone, transaction of `{script}`, per second and clients (median of {rounds} rounds): {told}."


def _render_sweep(comparison: Comparison) -> Iterator[str]:
    delays = comparison.delays_ms
    yield _line(["accepted/s with so much added to a round trip", *(f"{delay:g} ms" for delay in delays)])
    yield _line(["---"] * (len(delays) + 1))
    for strategy in comparison.strategies:
        figures = [comparison.accepted_per_s(strategy, delay) for delay in delays]
        if all(figure is not None for figure in figures):
            yield _line([strategy, *(f"{figure:,.0f}" for figure in figures)])
