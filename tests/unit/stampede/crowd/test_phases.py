from typing import Any

from stampede.crowd.phases import Phase, PhaseKeeper, read_phase


class Runner:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Phase] = []

    def send_message(self, kind: str, data: dict[str, Any]) -> None:
        assert (kind, data["run_id"]) == ("stampede_phase", "run")
        self.sent.append(read_phase(data))


def make_keeper() -> tuple[PhaseKeeper, Runner]:
    runner: Any = Runner()
    keeper = PhaseKeeper(runner)
    keeper.begin("run")
    return keeper, runner


def test_run_without_stages_has_three_phases() -> None:
    keeper, runner = make_keeper()
    keeper.note_spawned()
    keeper.note_spawned()  # a lost worker was replaced
    keeper.note_stopping()
    assert runner.sent == [Phase("steady", 0), Phase("tail", 0)]


def test_stage_with_the_same_users_has_no_ramp() -> None:
    keeper, runner = make_keeper()
    keeper.note_spawned()
    keeper.enter_stage(1, reached=True)
    keeper.enter_stage(2, reached=False)
    keeper.note_spawned()
    assert runner.sent == [Phase("steady", 0), Phase("steady", 1), Phase("ramp", 2), Phase("steady", 2)]


def test_stop_while_users_are_spawned_is_no_steady_phase() -> None:
    keeper, runner = make_keeper()
    keeper.note_stopping()
    keeper.note_spawned()
    assert runner.sent == [Phase("tail", 0)]
