from typing import Any

from locustfiles.utils.barrier import Barrier, Starter, Wave


class Wire:
    """Carries messages between barriers and the starter as Locust's runners do."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send_message(self, kind: str, data: dict[str, Any]) -> None:
        self.sent.append((kind, data))


class Note:
    def __init__(self, node_id: str, **data: Any) -> None:
        self.node_id = node_id
        self.data = data


def make_starter(*workers: str) -> tuple[Any, Wire]:
    wire = Wire()
    starter: Any = Starter(wire)  # type: ignore[arg-type]  # only sends
    for worker in workers:
        starter.note_join(None, Note(worker))
    return starter, wire


def test_wave_starts_only_when_every_worker_has_arrived() -> None:
    starter, wire = make_starter("a", "b")
    starter.note_arrival(None, Note("a", wave=0, full=False))
    assert wire.sent == []
    starter.note_arrival(None, Note("b", wave=0, full=False))
    assert wire.sent == [("barrier_release", {"number": 1, "target": 0, "repetition": 0})]


def test_full_target_is_left_and_open_one_is_raced_again() -> None:
    starter, wire = make_starter("a", "b")
    for wave, full in ((0, False), (1, False), (2, True)):
        starter.note_arrival(None, Note("a", wave=wave, full=False))
        starter.note_arrival(None, Note("b", wave=wave, full=full))
    assert [Wave(**data) for _, data in wire.sent] == [Wave(1, 0, 0), Wave(2, 0, 1), Wave(3, 1, 0)]


def test_late_arrival_of_an_earlier_wave_starts_nothing() -> None:
    starter, wire = make_starter("a")
    starter.note_arrival(None, Note("a", wave=0, full=False))
    starter.note_arrival(None, Note("a", wave=0, full=False))
    assert len(wire.sent) == 1


def test_worker_that_left_is_not_waited_for() -> None:
    starter, wire = make_starter("a", "b")
    starter.note_arrival(None, Note("a", wave=0, full=False))
    starter.note_leave(None, Note("b"))
    assert len(wire.sent) == 1


def test_worker_arrives_when_its_last_racer_left() -> None:
    wire, barrier = Wire(), Barrier()
    barrier.attach(wire)  # type: ignore[arg-type]  # only sends
    barrier.join()
    barrier.leave()
    assert [kind for kind, _ in wire.sent] == ["barrier_join", "barrier_leave"]
