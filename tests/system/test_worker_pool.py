"""Tasks that are sent to workers in groups: each gets its own answer, and only a fatal one fails."""

from concurrent.futures import Future

import pytest

from sentiment.errors import WorkerError
from sentiment.system.worker_pool import MOST_DEATHS, WorkerPool

WORDS = [f"word {number}" for number in range(40)]


@pytest.fixture
def pool():
    made = WorkerPool("tests.support.fragile_host", [], 2)
    yield made
    made.close()


def test_every_task_gets_its_own_answer(pool):
    answers = [pool.submit(word) for word in WORDS]
    assert [answer.result() for answer in answers] == [word.upper() for word in WORDS]


def test_a_task_that_kills_its_worker_fails_alone(pool):
    answers = [pool.submit(word) for word in [*WORDS[:30], "die", *WORDS[30:]]]
    with pytest.raises(WorkerError, match=f"{MOST_DEATHS} worker processes have died"):
        answers.pop(30).result()
    assert [answer.result() for answer in answers] == [word.upper() for word in WORDS]


def test_tasks_of_a_closed_pool_fail(pool):
    answers: list[Future[str]] = [pool.submit(word) for word in WORDS]
    pool.close()
    assert all(isinstance(answer.exception(timeout=60), WorkerError | None) for answer in answers)
