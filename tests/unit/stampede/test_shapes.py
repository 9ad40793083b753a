from typing import Any

import pytest

from stampede.shapes import Stage, expand_shape, parse_stages
from stampede.suite.stages import describe_stages

SPIKE = '{ kind = "spike", users = 5, peak = 50, before = "5s", hold = "10s", after = "20s", spawn_rate = 25 }'


def expand(**shape: Any) -> tuple[Stage, ...]:
    return expand_shape(shape)


def test_text_of_stages_is_parsed() -> None:
    warm, peak = Stage("warm", 20, 10.0, "30s"), Stage("peak", 200, 50.5, "1m10s")
    assert parse_stages("warm: 20 users, 10/s, 30s; peak: 200 users, 50.5/s, 1m10s;") == (warm, peak)
    assert parse_stages("1 user, 1/s, 5s") == (Stage("stage 1", 1, 1.0, "5s"),)
    assert peak.duration_s == 70


def test_named_shapes_have_parameters() -> None:
    assert expand(kind="step", users=10, step=5, steps=3, each="20s", spawn_rate=5) == (
        Stage("step 1", 10, 5, "20s"),
        Stage("step 2", 15, 5, "20s"),
        Stage("step 3", 20, 5, "20s"),
    )
    assert expand(kind="ramp", users=30, over="1m", hold="10s") == (Stage("hold", 30, 0.5, "70s"),)
    assert expand(kind="sustained", users=30, spawn_rate=3, duration="1h") == (Stage("sustained", 30, 3, "1h"),)


@pytest.mark.parametrize("text", [SPIKE, f"shape = {SPIKE}", f"  shape={SPIKE} "])
def test_shape_is_written_as_in_a_plan(text: str) -> None:
    stages = (Stage("before", 5, 25, "5s"), Stage("peak", 50, 25, "10s"), Stage("after", 5, 25, "20s"))
    assert parse_stages(text) == stages


def test_load_generator_understands_what_it_gets() -> None:
    stages = (Stage("hold", 10, 10 / 3, "13s"), Stage("step 2", 12, 1000.0, "1m10s"))
    understood = parse_stages(describe_stages(stages))
    assert [(one.name, one.users, one.duration_s) for one in understood] == [("hold", 10, 13), ("step 2", 12, 70)]
    assert understood[0].spawn_rate == pytest.approx(10 / 3, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("peak", "cannot parse stage 'peak': write it like 'peak: 200 users, 50/s, 1m', or a shape like { kind ="),
        ("10 users, 5/s, soon", "'soon' is no run time"),
        ("10 users, 5/s, 0s", "'0s' is no run time"),
        ("10 users, 1/s, 10s", "stage 'stage 1' needs 10 s to go from 0 to 10 users at 1/s, so 10s are too short"),
        ("10 users, 0/s, 10s", "stage 'stage 1' starts 0 users per second"),
        ("100 users, 100/s, 5s; low: 10 users, 10/s, 9s", "stage 'low' needs 9 s"),
        ("a: 1 user, 1/s, 5s; a: 1 user, 1/s, 5s", "two stages have the name 'a'"),
        ("{ kind = spike }", "cannot parse shape '{ kind = spike }': write it as in a plan, like { kind ="),
        ("{ users = 5 }", "a shape needs a kind, one of step, spike, ramp, sustained"),
        (SPIKE.replace("spike", "wave"), "a shape needs a kind, one of step"),
        (SPIKE.replace("peak = 50, ", "").replace('hold = "10s", ', ""), "the shape spike lacks peak, hold"),
        (SPIKE.replace("peak = ", "peek = 1, peak = "), "the shape spike has no parameter peek: it takes users, peak,"),
        (SPIKE.replace("50", "0"), "peak must be a whole number, at least 1, not 0"),
        (SPIKE.replace("50", "true"), "peak must be a whole number, at least 1, not True"),
        (SPIKE.replace("25", "inf"), "spawn_rate must be a number above 0, not inf"),
        (SPIKE.replace('"5s"', "5"), "before must be a duration like '30s' or '2m', not 5"),
        (SPIKE.replace('"5s"', '"five"'), "'five' is no run time"),
        (SPIKE.replace('"10s"', '"1s"'), "stage 'peak' needs 2 s to go from 5 to 50 users"),
    ],
)
def test_bad_text_is_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared below
        parse_stages(text)
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)
