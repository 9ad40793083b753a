from types import SimpleNamespace
from typing import Any

from stampede.crowd.barrier import Barrier, Starter, Wave


class Wire:
    """Carries messages between barriers and the starter as Locust's runners do."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send_message(self, kind: str, data: dict[str, Any], client_id: str | None = None) -> None:
        self.sent.append((kind, data))

    @property
    def waves(self) -> list[Wave]:
        return [Wave(**data["wave"]) for kind, data in self.sent if kind == "stampede_release"]


def note(node_id: str, run_id: str = "run", **data: Any) -> Any:
    return SimpleNamespace(node_id=node_id, data={"run_id": run_id, **data})


def make_starter(*workers: str) -> tuple[Starter, Wire]:
    wire: Any = Wire()
    starter = Starter(wire)
    starter.begin("run")
    for worker in workers:
        starter.note_join(None, note(worker))
    return starter, wire


def test_wave_starts_when_every_worker_arrived() -> None:
    starter, wire = make_starter("a", "b")
    starter.note_arrival(None, note("a", wave=0, full=False))
    assert wire.waves == []
    starter.note_arrival(None, note("b", wave=0, full=False))
    assert wire.waves == [Wave(1, 0, 0)]


def test_full_target_is_left_and_open_one_repeated() -> None:
    starter, wire = make_starter("a", "b")
    for wave, full in ((0, False), (1, False), (2, True)):
        starter.note_arrival(None, note("a", wave=wave, full=False))
        starter.note_arrival(None, note("b", wave=wave, full=full))
    assert wire.waves == [Wave(1, 0, 0), Wave(2, 0, 1), Wave(3, 1, 0)]


def test_arrival_of_an_earlier_wave_starts_nothing() -> None:
    starter, wire = make_starter("a")
    starter.note_arrival(None, note("a", wave=0, full=False))
    starter.note_arrival(None, note("a", wave=0, full=False))
    assert len(wire.waves) == 1


def test_arrival_of_another_run_starts_nothing() -> None:
    starter, wire = make_starter("a")
    starter.note_join(None, note("b", run_id="earlier"))
    starter.note_arrival(None, note("a", run_id="earlier", wave=0, full=False))
    starter.note_leave(None, note("a", run_id="earlier"))
    assert (wire.waves, starter.racing) == ([], {"a"})


def test_worker_that_left_is_not_waited_for() -> None:
    starter, wire = make_starter("a", "b")
    starter.note_arrival(None, note("a", wave=0, full=False))
    starter.note_leave(None, note("b"))
    assert len(wire.waves) == 1


def test_late_worker_learns_the_present_wave() -> None:
    starter, wire = make_starter("a")
    starter.note_arrival(None, note("a", wave=0, full=False))
    late = Barrier(wire.send_message)
    late.spawned()
    starter.note_join(None, note("b"))
    kind, data = wire.sent[-1]
    assert kind == "stampede_wave"
    late.catch_up(Wave(**data["wave"]))
    assert late._wave == Wave(1, 0, 0)


def test_worker_leaves_when_its_last_racer_left() -> None:
    wire = Wire()
    barrier = Barrier(wire.send_message)
    barrier.join()
    barrier.leave()
    assert [kind for kind, _ in wire.sent] == ["stampede_join", "stampede_leave"]
