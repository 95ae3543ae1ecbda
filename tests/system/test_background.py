import threading

import pytest

from sentiment.errors import CloudError
from sentiment.system.background import BackgroundLook, BackgroundWork
from tests.support.waiting import until


def test_work_says_how_far_it_is_and_what_came_of_it():
    go_on = threading.Event()

    def work(report):
        report("half-way")
        go_on.wait()
        return "Done."

    running = BackgroundWork("Working", work)
    until(lambda: running.line == "half-way")
    assert (running.is_done, running.result) == (False, "")
    go_on.set()
    until(lambda: running.is_done)
    assert (running.result, running.error) == ("Done.", "")
    assert running.seconds > 0


def test_work_that_fails_has_a_sentence():
    def fail(report):
        raise CloudError("AWS said no.")

    running = BackgroundWork("Working", fail)
    until(lambda: running.is_done)
    assert (running.result, running.error) == ("", "AWS said no.")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_is_told_too():
    running = BackgroundWork("Deploying", lambda report: 1 / 0)
    until(lambda: running.is_done)
    assert running.error.startswith("Deploying has failed")


def test_a_look_is_renewed_only_when_it_is_old_and_keeps_its_value_when_it_fails():
    answers = iter([1, 2])

    def ask():
        try:
            return next(answers)
        except StopIteration:
            raise CloudError("AWS said no.") from None

    look = BackgroundLook(ask)
    assert look.value is None
    look.renew(60)
    until(lambda: look.value == 1)
    look.renew(60)
    assert look.value == 1
    until(lambda: (look.renew(0), look.value == 2)[1])
    until(lambda: (look.renew(0), look.error)[1])
    assert (look.value, look.error) == (2, "AWS said no.")


def test_what_was_asked_before_is_asked_again_when_its_answer_may_be_too_old():
    asked, go_on = [], threading.Event()

    def ask():
        asked.append(1)
        go_on.wait()
        return len(asked)

    look = BackgroundLook(ask)
    look.renew(60)
    until(lambda: asked)
    look.renew(0)
    go_on.set()
    until(lambda: (look.renew(60), look.value == 2)[1])


def test_one_question_is_asked_at_a_time():
    asked, go_on = [], threading.Event()

    def ask():
        asked.append(1)
        go_on.wait()

    look = BackgroundLook(ask)
    for _ in range(5):
        look.renew(0)
    until(lambda: asked)
    go_on.set()
    assert len(asked) == 1
