from typing import Any

from locust import TaskSet, User, tag, task
from locust.env import Environment
from locust.event import Events

from stampede.crowd.tags import TagFilter, list_tags


class Basket(TaskSet):
    @tag("write", "slow")
    @task
    def order(self) -> None: ...


class Buyer(User):
    tasks: Any = [Basket]  # noqa: RUF012  # as Locust has it

    @tag("read")
    @task
    def look(self) -> None: ...

    @task
    def wait(self) -> None: ...


def test_tags_of_nested_tasks_are_listed() -> None:
    assert sorted(list_tags(Buyer)) == [[], ["read"], ["slow", "write"]]


def run_with(environment: Environment, chosen: TagFilter, *tags: str, without: tuple[str, ...] = ()) -> list[list[str]]:
    chosen.choose(tags, without)
    environment._filter_tasks_by_tags()
    return sorted(list_tags(Buyer))


def test_each_run_has_its_own_tags() -> None:
    environment = Environment(events=Events(), user_classes=[Buyer])
    chosen = TagFilter(environment)
    assert run_with(environment, chosen, "read") == [["read"]]
    assert run_with(environment, chosen, "write", "read") == [["read"], ["slow", "write"]]
    assert run_with(environment, chosen, without=("slow",)) == [[], ["read"]]
    assert run_with(environment, chosen) == [[], ["read"], ["slow", "write"]]
