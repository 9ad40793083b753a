"""Users that ended by themselves: by StopUser, or by an exception that Locust does not catch."""

from collections.abc import Callable
from typing import Any

from locust import User
from locust.runners import Runner
from locust.user.task import LOCUST_STATE_RUNNING


def follow_users(runner: Runner, note: Callable[[User], None]) -> None:
    """Have `note` called for each user that ends although the runner did not stop it."""
    spawn = runner.spawn_users

    def spawn_and_follow(*arguments: Any, **named: Any) -> list[User]:
        users: list[User] = spawn(*arguments, **named)
        for user in users:
            follow(user, note)
        return users

    runner.spawn_users = spawn_and_follow  # type: ignore[method-assign]  # Locust has no event for the end of a user


def follow(user: User, note: Callable[[User], None]) -> None:
    """A user that was stopped is in the state of stopping, or was waiting between two tasks when it was killed."""

    def note_end(_: object) -> None:
        if user._state == LOCUST_STATE_RUNNING:
            note(user)

    user.greenlet.link(note_end)
