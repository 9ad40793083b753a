import pytest

from stampede import plans
from stampede.errors import StampedeError
from stampede.plans import Overrides, find_plan, list_plans, read_thresholds

RACE = "registration/race_condition"


def test_every_plan_reads_and_names_its_system() -> None:
    keys = {plan.key for plan in list_plans()}
    assert {f"registration/{name}" for name in ("race_condition", "peak_registration")} <= keys


def test_command_line_changes_what_it_names_and_nothing_else() -> None:
    plan, changed = (
        find_plan(RACE, Overrides()),
        find_plan(RACE, Overrides(users=7, world=("capacity=3,4", "courses=5"))),
    )
    assert changed.users == 7
    assert (changed.world["capacity"], changed.world["courses"]) == ([3, 4], 5)
    assert (changed.run_time, changed.world["students"]) == (plan.run_time, plan.world["students"])


@pytest.mark.parametrize(("key", "name"), [(RACE, "capacity"), ("inventory/last_item_race", "stock")])
def test_one_number_for_a_list_of_the_world_is_a_list_of_one(key: str, name: str) -> None:
    assert find_plan(key, Overrides(world=(f"{name}=3",))).world[name] == [3]


def test_given_thresholds_replace_those_of_the_plan() -> None:
    plan = find_plan(RACE, Overrides(thresholds=("p99 < 2s",)))
    assert [threshold.bound for threshold in read_thresholds(plan)] == [2000.0]


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("2m", 120), ("1h30m", 5400)])
def test_run_time_is_read(text: str, seconds: int) -> None:
    assert find_plan(RACE, Overrides(run_time=text)).run_time_s == seconds


@pytest.mark.parametrize(
    ("key", "overrides", "said"),
    [
        ("registration/nothing", Overrides(), "There is no plan"),
        (RACE, Overrides(run_time="soon"), "run time 'soon'"),
        (RACE, Overrides(run_time="0s"), "at least a second"),
        (RACE, Overrides(think_time="5-2"), "from low to high"),
        (RACE, Overrides(users=0), "at least one user"),
        (RACE, Overrides(users=3000), "3000 users into a world of 2000"),
        (RACE, Overrides(think_time="slow"), "think time 'slow'"),
        (RACE, Overrides(thresholds=("p95 quick",)), "threshold 'p95 quick'"),
        (RACE, Overrides(world=("students",)), "world override 'students'"),
        (RACE, Overrides(world=("pupils=5",)), "world of registration/race_condition does not fit"),
        (RACE, Overrides(auth="guess"), "does not fit: auth"),
    ],
)
def test_bad_input_is_one_sentence_that_names_it(key: str, overrides: Overrides, said: str) -> None:
    with pytest.raises(StampedeError, match=said) as raised:
        find_plan(key, overrides)
    assert "\n" not in str(raised.value)


def test_misspelt_field_of_a_plan_file_is_named(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # fixtures
    monkeypatch.setattr(plans, "PLAN_FOLDER", tmp_path)
    (tmp_path / "registration.toml").write_text('[odd]\ndescription = "x"\nuser_classes = []\nuserz = 5\n')
    with pytest.raises(StampedeError, match=r"registration/odd does not fit: .*userz"):
        list_plans()
