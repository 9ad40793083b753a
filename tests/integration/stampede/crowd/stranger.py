"""A locustfile as a stranger writes it: a user of Locust's own, and operations by two functions."""

from typing import Any

from locust import HttpUser, constant, task

from stampede.crowd import OK, Seen, Told, read, write


def see(body: Any) -> Seen:
    return Seen([("product 1", body)])


class Shopper(HttpUser):
    wait_time = constant(0.02)

    @task
    def buy(self) -> None:
        order = {"quantity": 1}
        write(self, "buy", ["product 1"], args=order, told=Told(key="id", creates="order")).send(
            lambda headers: self.client.post("/buy", json=order, headers=headers, catch_response=True),
            expected=OK | {"sold_out"},
        )

    @task
    def look(self) -> None:
        with read(self, "look", ["product 1"], see) as operation:
            response = self.client.get("/product")
            operation.told(response.status_code, response.content)
