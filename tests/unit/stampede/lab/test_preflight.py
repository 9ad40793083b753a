import pytest

from stampede.errors import StampedeError
from stampede.lab.preflight import check_options, check_tags
from tests.unit.stampede.builders import make_plan

TASKS = [["read"], ["slow", "write"], []]


@pytest.mark.parametrize(
    ("tags", "exclude_tags"), [((), ()), (("read",), ()), ((), ("read",)), (("write", "read"), ("slow",)), (("x",), ())]
)
def test_class_with_a_task_left_may_run(tags: tuple[str, ...], exclude_tags: tuple[str, ...]) -> None:
    tasks = [*TASKS, ["x"]]
    check_tags(make_plan(tags=tags, exclude_tags=exclude_tags), "Buyer", tasks)


@pytest.mark.parametrize(("tags", "exclude_tags"), [(("pay",), ()), (("write",), ("slow",))])
def test_class_without_a_task_left_is_refused(tags: tuple[str, ...], exclude_tags: tuple[str, ...]) -> None:
    with pytest.raises(StampedeError, match="leave Buyer no task: its tasks have the tags read, slow, write"):
        check_tags(make_plan(tags=tags, exclude_tags=exclude_tags), "Buyer", TASKS)


def test_class_without_known_tasks_is_left_to_locust() -> None:
    check_tags(make_plan(tags=("pay",)), "Buyer", [])


def test_known_option_is_accepted() -> None:
    check_options(make_plan(options={"auth": "mint"}), ["auth", "users"])


@pytest.mark.parametrize(("name", "told"), [("aut", "no option 'aut'; did you mean auth"), ("x", "no option 'x'[.]")])
def test_unknown_option_is_refused(name: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        check_options(make_plan(options={name: "mint"}), ["auth", "users"])
