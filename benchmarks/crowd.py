"""Locustfile of the generator benchmark: our user, and the barest one that sends the same requests."""

import json
import os
import time
from random import choice
from typing import Any

from locust import FastHttpUser, constant, events, task

from locustfiles import options
from locustfiles.clients.registration import open_semester, student_id, student_number
from locustfiles.clients.tokens import mint_token
from locustfiles.scenarios.registration.peak_registration import PeakRegistrationUser
from stampede import crowd

__all__ = ["BareUser", "PeakRegistrationUser", "crowd", "options"]


class BareUser(FastHttpUser):
    """The mix of PeakRegistrationUser as anybody would write it: no history, no outcomes, one student."""

    host = PeakRegistrationUser.host
    wait_time = constant(0)

    def on_start(self) -> None:
        """Know what to ask for."""
        identity = student_id(student_number(choice(range(500))))  # noqa: S311  # a draw, not a secret
        self.headers = {"Authorization": f"Bearer {mint_token(identity, 'registration')}"}
        self.semester_id = open_semester(json.loads(self.client.get("/semesters/").content))
        courses = self.client.get(f"/semesters/{self.semester_id}/courses").json()
        self.course_ids = [course["id"] for course in courses]

    @task(1)
    def semesters(self) -> None:
        """As PeakRegistrationUser."""
        self.client.get("/semesters/").json()

    @task(8)
    def courses(self) -> None:
        """As PeakRegistrationUser."""
        self.client.get(f"/semesters/{self.semester_id}/courses", name="courses")

    @task(3)
    def course(self) -> None:
        """As PeakRegistrationUser."""
        self.client.get(f"/courses/{choice(self.course_ids)}", name="course")  # noqa: S311  # a draw

    @task(3)
    def my_courses(self) -> None:
        """As PeakRegistrationUser."""
        self.client.get(f"/semesters/{self.semester_id}/my-courses", headers=self.headers, name="my courses")

    @task(2)
    def register(self) -> None:
        """As PeakRegistrationUser."""
        self.client.post(f"/courses/{choice(self.course_ids)}/register", headers=self.headers, name="register")  # noqa: S311  # a draw

    @task(1)
    def drop(self) -> None:
        """As PeakRegistrationUser."""
        self.client.post(f"/courses/{choice(self.course_ids)}/drop", headers=self.headers, name="drop")  # noqa: S311  # a draw


@events.init.add_listener
def _measure(environment: Any, **_: Any) -> None:
    started = [0.0]
    environment.events.test_start.add_listener(lambda **_: started.__setitem__(0, time.process_time()))

    def tell(**_: Any) -> None:
        cpu_s = time.process_time() - started[0]
        figures = {"cpu_s": cpu_s, "requests": environment.stats.total.num_requests}
        with open(os.environ["BENCH_FIGURES"], "w") as file:  # noqa: PTH123  # one line
            json.dump(figures, file)

    environment.events.test_stop.add_listener(tell)
