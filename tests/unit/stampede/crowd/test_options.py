from argparse import ArgumentTypeError, Namespace
from dataclasses import asdict

import pytest

from stampede.crowd.options import Options, parse_think_time


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
