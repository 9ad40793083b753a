from dataclasses import dataclass, field, replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from api.errors import Problem
from api.registration import rules
from api.registration.rules import Course, Grant, Release, Standing

NOTHING = Standing(None, None)
SEATED = Standing("ENROLLED", None)


def course(enrolled: int = 0, reserved: int = 0, *, capacity: int = 2, limit: int = 2, is_open: bool = True) -> Course:
    return Course(uuid4(), capacity, limit, enrolled, reserved, 7, is_open)


def test_register_takes_a_seat_while_there_is_one() -> None:
    assert rules.decide_register(course(enrolled=1), NOTHING) == Grant("ENROLLED", None, 2, 0, 8)


def test_register_joins_the_end_of_the_queue_when_seats_are_gone() -> None:
    assert rules.decide_register(course(enrolled=2, reserved=1), NOTHING) == Grant("RESERVED", 2, 2, 2, 8)


def test_register_is_refused_when_seats_and_queue_are_gone() -> None:
    assert rules.decide_register(course(enrolled=2, reserved=2), NOTHING) is rules.COURSE_FULL


def test_register_is_refused_to_who_holds_a_place() -> None:
    assert rules.decide_register(course(enrolled=1), SEATED) is rules.ALREADY_REGISTERED
    assert rules.decide_register(course(2, 1), Standing("RESERVED", 1)) is rules.ALREADY_REGISTERED


def test_closed_window_outranks_every_other_refusal() -> None:
    closed = course(enrolled=2, reserved=2, is_open=False)
    assert rules.decide_register(closed, SEATED) is rules.REGISTRATION_CLOSED
    assert rules.decide_drop(closed, NOTHING) is rules.REGISTRATION_CLOSED


def test_drop_without_a_place_is_refused() -> None:
    assert rules.decide_drop(course(enrolled=2), NOTHING) is rules.NOT_REGISTERED


def test_drop_of_a_seat_frees_it_when_nobody_waits() -> None:
    assert rules.decide_drop(course(enrolled=2), SEATED) == Release("ENROLLED", None, False, 0, 1, 0, 8)


def test_drop_of_a_seat_promotes_the_head_of_the_queue() -> None:
    assert rules.decide_drop(course(2, 2), SEATED) == Release("ENROLLED", None, True, 0, 2, 1, 8)


def test_drop_of_a_reserve_moves_only_those_behind() -> None:
    decided = rules.decide_drop(course(2, 2), Standing("RESERVED", 1))
    assert decided == Release("RESERVED", 1, False, 1, 2, 1, 8)


@dataclass
class Model:
    """Applies decisions as the service's statements do, and nothing more."""

    course: Course
    places: dict[int, Standing] = field(default_factory=dict)

    def register(self, student: int) -> None:
        decided = rules.decide_register(self.course, self.places.get(student, NOTHING))
        if isinstance(decided, Grant):
            self.places[student] = Standing(decided.status, decided.reserve_position)
        self._count(decided)

    def drop(self, student: int) -> None:
        decided = rules.decide_drop(self.course, self.places.get(student, NOTHING))
        if isinstance(decided, Release):
            del self.places[student]
            self.places = {other: self._moved(decided, standing) for other, standing in self.places.items()}
        self._count(decided)

    def _moved(self, release: Release, standing: Standing) -> Standing:
        if standing.reserve_position is None or standing.reserve_position <= release.shift_after:
            return standing
        if release.promotes and standing.reserve_position == 1:
            return SEATED
        return Standing("RESERVED", standing.reserve_position - 1)

    def _count(self, decided: Grant | Release | Problem) -> None:
        if not isinstance(decided, Problem):
            self.course = replace(
                self.course,
                enrolled_count=decided.enrolled_count,
                reserved_count=decided.reserved_count,
                version=decided.version,
            )


@given(
    capacity=st.integers(1, 4),
    limit=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60),
)
def test_any_sequence_of_registers_and_drops_keeps_the_invariants(
    capacity: int, limit: int, steps: list[tuple[bool, int]]
) -> None:
    model = Model(course(capacity=capacity, limit=limit))
    for registers, student in steps:
        before = len(model.places), model.course.version
        model.register(student) if registers else model.drop(student)
        queue = sorted(place.reserve_position for place in model.places.values() if place.reserve_position is not None)
        enrolled = len(model.places) - len(queue)
        assert enrolled <= capacity
        assert len(queue) <= limit
        assert queue == list(range(1, len(queue) + 1))
        assert not queue or enrolled == capacity
        assert (model.course.enrolled_count, model.course.reserved_count) == (enrolled, len(queue))
        assert model.course.version - before[1] == abs(len(model.places) - before[0])


@given(count=st.integers(1, 8), leaver=st.integers(0, 7), capacity=st.integers(1, 3))
def test_nobody_in_the_queue_is_overtaken(count: int, leaver: int, capacity: int) -> None:
    model = Model(course(capacity=capacity, limit=8))
    for student in range(count):
        model.register(student)
    model.drop(leaver)
    waiting = [(place.reserve_position or 0, student) for student, place in model.places.items()]
    assert [student for position, student in sorted(waiting) if position] == sorted(
        student for position, student in waiting if position
    )
