"""Tags of tasks: which there are, and which are run.

Locust removes the other tasks from the classes once and for good, and takes a tag from a form letter by letter. So
the classes are restored before each run, and the tags are set where Locust looks first.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from locust.env import Environment


def list_tags(user_class: Any) -> list[list[str]]:
    """The tags of each task of a class, nested ones included."""
    return [sorted(getattr(task, "locust_tag_set", ())) for task in _walk(user_class)]


def _walk(holder: Any) -> Iterator[Any]:
    for task in dict.fromkeys(holder.tasks):
        if hasattr(task, "tasks"):
            yield from _walk(task)
        else:
            yield task


class TagFilter:
    """Chooses the tasks of one process by their tags, run by run."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._tasks: dict[Any, list[Any]] = {}
        for user_class in environment.user_classes:
            self._keep(user_class)

    def choose(self, tags: Iterable[str], exclude_tags: Iterable[str]) -> None:
        """Have Locust run tasks with one of `tags` (empty: any) and none of `exclude_tags` in the next run."""
        for holder, tasks in self._tasks.items():
            holder.tasks = list(tasks)
        self._environment._tasks_filtered = False  # Locust would filter in its first run only
        self._environment.tags = list(tags) or None
        self._environment.exclude_tags = list(exclude_tags) or None

    def _keep(self, holder: Any) -> None:
        if holder not in self._tasks:
            self._tasks[holder] = list(holder.tasks)
            for task in holder.tasks:
                if hasattr(task, "tasks"):
                    self._keep(task)
