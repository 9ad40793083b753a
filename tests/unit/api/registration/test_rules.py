from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from api.registration import rules
from api.registration.rules import NOTHING, Course, Desk, Grant, Release, Standing

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
    assert rules.decide_drop(course(enrolled=2), SEATED) == Release("ENROLLED", None, False, 1, 0, 8)


def test_drop_of_a_seat_promotes_the_head_of_the_queue() -> None:
    assert rules.decide_drop(course(2, 2), SEATED) == Release("ENROLLED", None, True, 2, 1, 8)


def test_drop_of_a_reserve_moves_only_those_behind() -> None:
    first, second, third = (uuid4() for _ in range(3))
    standings = {student: Standing("RESERVED", place) for place, student in enumerate((first, second, third), 1)}
    desk = Desk(course(2, 3, limit=3), standings, [first, second, third])
    assert desk.decide("drop", second) == Release("RESERVED", 2, False, 2, 2, 8)
    assert desk.changed() == {
        second: (Standing("RESERVED", 2), NOTHING),
        third: (Standing("RESERVED", 3), Standing("RESERVED", 2)),
    }


def test_register_and_drop_of_one_student_in_one_batch_change_nothing() -> None:
    student = uuid4()
    desk = Desk(course(), {}, [])
    desk.decide("register", student)
    desk.decide("drop", student)
    assert desk.changed() == {}
    assert desk.course.version == 9


class Model:
    """A course and ten students, decided at one desk after the other; a desk may serve several."""

    def __init__(self, course: Course) -> None:
        self.students = [uuid4() for _ in range(10)]
        self.desk = Desk(course, {}, [])

    @property
    def course(self) -> Course:
        return self.desk.course

    @property
    def places(self) -> dict[UUID, Standing]:
        return {who: standing for who, standing in self.desk.standings.items() if standing.status is not None}

    def reopen(self) -> None:
        """As if everything had been written and read again."""
        waiting = {place.reserve_position or 0: who for who, place in self.places.items() if place.reserve_position}
        self.desk = Desk(self.course, dict(self.places), [waiting[position] for position in sorted(waiting)])

    def register(self, student: int) -> None:
        self.desk.decide("register", self.students[student])

    def drop(self, student: int) -> None:
        self.desk.decide("drop", self.students[student])


@given(
    capacity=st.integers(1, 4),
    limit=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.booleans()), max_size=60),
)
def test_any_sequence_of_registers_and_drops_keeps_the_invariants(
    capacity: int, limit: int, steps: list[tuple[bool, int, bool]]
) -> None:
    model = Model(course(capacity=capacity, limit=limit))
    for registers, student, reopens in steps:
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
        if reopens:
            model.reopen()


@given(count=st.integers(1, 8), leaver=st.integers(0, 7), capacity=st.integers(1, 3))
def test_nobody_in_the_queue_is_overtaken(count: int, leaver: int, capacity: int) -> None:
    model = Model(course(capacity=capacity, limit=8))
    for student in range(count):
        model.register(student)
    model.drop(leaver)
    waiting = {place.reserve_position: who for who, place in model.places.items() if place.reserve_position}
    ranks = [model.students.index(waiting[position]) for position in sorted(waiting)]
    assert ranks == sorted(ranks)
