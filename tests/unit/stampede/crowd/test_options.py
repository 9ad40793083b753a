from argparse import ArgumentTypeError, Namespace
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
from locust import argument_parser
from locust.rpc import Message
from locust.runners import STATE_RUNNING, WorkerRunner

from stampede.crowd.options import Options, check_stages, parse_defaults_once, parse_think_time


def test_options_are_read_from_the_texts_of_a_form() -> None:
    form = Namespace(keys="true", resend="0.02", reads="1", retry_unknown="2", think_time="0.5-1")
    assert Options.read(form) == Options(0.02, 2, True, 1.0, (0.5, 1.0))


def test_target_without_keys_gets_nothing_twice() -> None:
    assert Options.read(Namespace(keys="false", resend=0.5)).resend == 0


def test_options_survive_a_message() -> None:
    options = Options(think_time=(1.0, 2.0))
    sent = {**asdict(options), "think_time": [1, 2]}
    assert Options.receive(sent) == options


@pytest.mark.parametrize("text", ["x", "2-1", "-1"])
def test_think_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        parse_think_time(text)


def test_stages_stay_a_text() -> None:
    assert [check_stages(text) for text in ("", "5 users, 1/s, 10s")] == ["", "5 users, 1/s, 10s"]


def test_unreadable_stages_are_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="cannot parse stage 'many users': write it like"):
        check_stages("many users")


def test_change_of_users_parses_defaults_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, setup = argument_parser.default_args_dict, argument_parser.setup_parser_arguments
    monkeypatch.setattr(argument_parser, "default_args_dict", getattr(plain, "__wrapped__", plain))
    parsed: list[object] = []

    def note(parser: Any) -> None:
        parsed.append(parser)
        setup(parser)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(argument_parser, "setup_parser_arguments", note)
    parse_defaults_once()
    parse_defaults_once()
    environment = SimpleNamespace(parsed_options=Namespace(stages="", host="ours"))
    sender = SimpleNamespace(send=lambda _: None, spawn=lambda _: SimpleNamespace(link_exception=lambda _: None))
    state = {"last_received_spawn_timestamp": 0, "worker_state": STATE_RUNNING, "spawning_greenlet": None}
    worker: Any = SimpleNamespace(client=sender, greenlet=sender, client_id="one", environment=environment, **state)
    options = {"stages": "theirs", "host": "theirs", "think_time": "1"}
    job = {"timestamp": 1, "host": "", "stop_timeout": 0, "user_classes_count": {}, "parsed_options": options}
    WorkerRunner.handle_message(worker, Message("spawn", job, None))
    assert len(parsed) == 1
    assert environment.parsed_options == Namespace(stages="theirs", host="ours", think_time="1")
