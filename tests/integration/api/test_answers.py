from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.conftest import Lab, wait_until
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, WAYS_TO_DECIDE, Campus, Student
from tests.integration.api.inventory.conftest import Shop

STUDENTS = 400


def register_all(campus: Campus, course: UUID, students: list[Student]) -> list[requests.Response]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda student: student.register(course, f"{student.id}"), students))


def test_readyz_names_answers(lab: Lab) -> None:
    with lab.target(ANSWERS="stale_answer", API_WORKERS="1") as url:
        state = requests.get(f"{url}/readyz", timeout=REQUEST_TIMEOUT_S).json()
    assert state["answers"] == "stale_answer"


def test_false_refusal_leaves_database_correct(lab: Lab) -> None:
    with lab.target(ANSWERS="false_refusal") as url:
        campus = Campus(lab, url)
        course, students = campus.course(capacity=STUDENTS), campus.students(STUDENTS)
        told = register_all(campus, course, students)
    refused = {student.id for student, answer in zip(students, told, strict=True) if answer.status_code != 200}
    codes = {answer.json()["code"] for answer in told if answer.status_code != 200}
    places = campus.places(course)
    assert 1 <= len(refused) <= STUDENTS * 0.08
    assert codes <= {"course_full", "already_registered", "registration_closed", "course_not_found"}
    assert {student.id for student in students} - refused <= places.keys()
    assert campus.counters(course)[0] == len(places) == len(campus.events(course))


def test_swapped_answers_are_anothers_orders(lab: Lab) -> None:
    with lab.target(ANSWERS="swapped_answer", API_WORKERS="1") as url:
        shop = Shop(lab, url)
        products = [shop.product(stock=100) for _ in range(8)]

        def buy(product: int) -> int:
            return sum(shop.order(product).json()["product_id"] != product for _ in range(40))

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(buy, products)) > 0
    assert [shop.stock(product) for product in products] == [60] * 8


def test_stale_answers_are_older_figures(lab: Lab) -> None:
    with lab.target(ANSWERS="stale_answer", API_WORKERS="1") as url:
        shop = Shop(lab, url)
        product = shop.product(stock=0)
        gaps: Counter[int] = Counter()
        with requests.Session() as session:
            for stock in range(1, 201):
                shop.ask("POST", f"/products/{product}/restock", {"quantity": 1})
                told = session.get(f"{shop.url}/products/{product}", timeout=REQUEST_TIMEOUT_S).json()["stock"]
                gaps[stock - told] += 1
    assert gaps[0] > 150
    assert set(gaps) - {0} <= set(range(1, 8))
    assert 1 <= 200 - gaps[0] <= 30


@pytest.mark.parametrize("way", WAYS_TO_DECIDE)
def test_early_answer_is_true_but_not_yet_visible(lab: Lab, way: str) -> None:
    with lab.target(ANSWERS="early_answer", LOCKING=way) as url:
        campus = Campus(lab, url)
        course, students = campus.course(capacity=60), campus.students(120)
        unseen: list[UUID] = []
        answers: list[Any] = []
        for student in students:
            answers.append(student.register(course, "k"))
            if answers[-1].status_code == 200 and student.id not in campus.places(course):
                unseen.append(student.id)
        granted = {
            student.id: (answer.json()["status"], answer.json()["reserve_position"])
            for student, answer in zip(students, answers, strict=True)
            if answer.status_code == 200
        }
        wait_until(lambda: campus.places(course) == granted)
    assert 1 <= len(unseen) <= 20
    assert len(granted) == 61
    assert campus.counters(course) == (60, 1, 61)
