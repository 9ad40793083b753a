"""One deadline per request: who need not be served any more is not, and reads leave a connection to writes."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Lab, wait_until
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, Campus
from tests.integration.api.inventory.conftest import Shop

HOLD_COURSE = "select from registration.courses where id = :id for update"
WAITING = "select pid from pg_stat_activity where application_name = 'stampede-api' and wait_event_type = 'Lock'"


def waiting_backends(lab: Lab) -> int:
    with lab.engine.connect() as connection:
        return len(list(connection.scalars(sa.text(WAITING))))


def read_metric(url: str, name: str, **labels: str) -> float:
    page = requests.get(f"{url}/metrics", timeout=REQUEST_TIMEOUT_S).text
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return sum(one.value for one in samples if one.name == name and one.labels.items() >= labels.items())


def writes_in_hand(url: str) -> float:
    return read_metric(url, "api_writes_in_hand")


def send_and_hold(url: str, method: str, token: str = "") -> socket.socket:
    """Send a request and do not wait for its answer."""
    at = urlsplit(url)
    connection = socket.create_connection((at.hostname, at.port or 80))
    head = f"{method} {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nAuthorization: Bearer {token}\r\n"
    connection.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
    return connection


@pytest.mark.parametrize("locking", ["row_lock", "batched"])
def test_write_whose_client_left_in_the_line_is_not_decided(lab: Lab, locking: str) -> None:
    with lab.target(API_WORKERS="1", LOCKING=locking) as url, ThreadPoolExecutor(2) as threads:
        campus = Campus(lab, url)
        course = campus.course(capacity=5)
        first, gone, last = campus.students(3)
        with lab.engine.begin() as holder:
            holder.execute(sa.text(HOLD_COURSE), {"id": course})
            answers = [threads.submit(first.register, course)]
            wait_until(lambda: waiting_backends(lab) == 1)
            connection = send_and_hold(f"{gone.url}/courses/{course}/register", "POST", gone.token)
            wait_until(lambda: writes_in_hand(url) == 2)
            connection.close()
            answers.append(threads.submit(last.register, course))
            wait_until(lambda: writes_in_hand(url) == 3)
        assert [answer.result().status_code for answer in answers] == [200, 200]
    assert campus.places(course) == {first.id: ("ENROLLED", None), last.id: ("ENROLLED", None)}


def test_reads_that_hang_leave_a_connection_to_writes(lab: Lab) -> None:
    with lab.target(API_WORKERS="1", DATABASE_CONNECTIONS="2") as url, ThreadPoolExecutor(4) as threads:
        shop = Shop(lab, url)
        product = shop.product(stock=5)
        order = shop.order(product).json()["id"]
        with lab.engine.begin() as holder:
            holder.exec_driver_sql("lock table registration.semesters")
            reads = [
                threads.submit(requests.get, f"{url}/registration/semesters/", timeout=REQUEST_TIMEOUT_S)
                for _ in range(4)
            ]
            wait_until(lambda: waiting_backends(lab) == 1)
            assert shop.ask("POST", f"/products/{product}/restock", {"quantity": 1}).status_code == 200
            assert shop.ask("POST", f"/orders/{order}/cancel").status_code == 200
            assert not any(read.done() for read in reads)
        assert {read.result().status_code for read in reads} == {200}


def test_read_whose_client_left_in_the_line_is_not_served(lab: Lab) -> None:
    route = "/inventory/products/{product_id}"
    with lab.target(API_WORKERS="1", DATABASE_CONNECTIONS="2") as url, ThreadPoolExecutor(1) as threads:
        product = Shop(lab, url).product()
        with lab.engine.begin() as holder:
            holder.exec_driver_sql("lock table registration.semesters")
            hanging = threads.submit(requests.get, f"{url}/registration/semesters/", timeout=REQUEST_TIMEOUT_S)
            wait_until(lambda: waiting_backends(lab) == 1)
            gone = send_and_hold(f"{url}/inventory/products/{product}", "GET")
            wait_until(lambda: read_metric(url, "api_pool_waiting") == 1)
            gone.close()
            requests.get(f"{url}/healthz", timeout=REQUEST_TIMEOUT_S)  # answered after the process has seen that
        assert hanging.result().status_code == 200
        wait_until(lambda: read_metric(url, "api_request_seconds_count", route=route) == 1)
        assert read_metric(url, "api_request_seconds_count", route=route, status="503") == 1
