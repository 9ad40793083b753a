import json
from itertools import chain

import pytest

from api.problems import INVALID_TOKEN, OUTCOME_UNKNOWN, Problem
from api.registration import rules
from api.web import errors

# A module that imports another's problem has it, too.
NAMED = chain(vars(errors).values(), vars(rules).values())
PROBLEMS = list(dict.fromkeys(known for known in NAMED if isinstance(known, Problem)))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_every_problem_answers_as_rfc_9457(problem: Problem) -> None:
    response = errors.respond(problem)
    body = json.loads(bytes(response.body))
    assert response.headers["content-type"] == "application/problem+json"
    assert response.status_code == body["status"] == errors.STATUSES[problem.kind]
    assert body["code"] == problem.code
    assert body["type"].endswith(f":{problem.code}")
    assert body["title"]
    assert body["detail"] == problem.detail


def test_codes_are_unique() -> None:
    codes = [problem.code for problem in PROBLEMS]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_retry_after_promises_that_nothing_was_written(problem: Problem) -> None:
    promises = problem.kind == "unavailable" and problem is not OUTCOME_UNKNOWN
    assert ("retry-after" in errors.respond(problem).headers) == promises


def test_unauthorized_names_its_scheme() -> None:
    assert errors.respond(INVALID_TOKEN).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in errors.respond(errors.NOT_AUTHENTICATED).headers


def test_retryable_write_problems_say_that_nothing_was_written() -> None:
    retryable = [problem for problem in errors.WRITE_PROBLEMS if problem.retry]
    assert retryable
    assert all("nothing was written" in problem.detail for problem in retryable)
    assert "nothing was written" not in OUTCOME_UNKNOWN.detail + errors.INTERNAL_ERROR.detail


def test_own_detail_replaces_the_default_sentence() -> None:
    assert json.loads(bytes(errors.respond(errors.INVALID_REQUEST, "path.id: bad").body))["detail"] == "path.id: bad"


def test_responses_list_every_code_under_its_status() -> None:
    documented = errors.responses(rules.COURSE_FULL, rules.ALREADY_REGISTERED, rules.COURSE_NOT_FOUND)
    assert sorted(documented) == [404, 409]
    examples = documented[409]["content"]["application/problem+json"]["examples"]
    assert sorted(examples) == ["already_registered", "course_full"]
    assert documented[409]["description"] == "`already_registered`, `course_full`"
