import threading

from sentiment.system.concurrency import Concurrency
from tests.support.waiting import until


def one_call(concurrency, *, throttled=False):
    with concurrency.turn() as turn:
        turn.throttled() if throttled else turn.succeeded()


def test_throttling_halves_down_to_one_and_success_brings_it_back():
    concurrency = Concurrency(8)
    seen = []
    for _ in range(4):
        one_call(concurrency, throttled=True)
        seen.append(concurrency.allowed)
    assert seen == [4, 2, 1, 1]
    calls = 0
    while concurrency.allowed < 8:
        one_call(concurrency)
        calls += 1
    assert 25 < calls < 60  # one more each round: 1 + 2 + … + 7 at least
    one_call(concurrency)
    assert concurrency.allowed == 8


def test_calls_that_were_in_hand_together_slow_down_once():
    concurrency = Concurrency(8)
    with concurrency.turn() as first, concurrency.turn() as second, concurrency.turn() as third:
        for turn in (first, second, third):
            turn.throttled()
    assert concurrency.allowed == 4


def test_no_more_are_let_in_than_are_allowed():
    concurrency = Concurrency(2)
    inside, waiting, gate = [], threading.Semaphore(0), threading.Event()

    def call():
        waiting.release()
        with concurrency.turn():
            inside.append(1)
            gate.wait()
            inside.pop()

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in threads:
        waiting.acquire()
    until(lambda: len(inside) == 2)
    assert len(inside) == 2
    gate.set()
    for thread in threads:
        thread.join()
    assert not inside


def test_a_call_that_fails_gives_its_place_back():
    concurrency = Concurrency(1)
    for _ in range(3):
        try:
            with concurrency.turn():
                raise ValueError
        except ValueError:
            pass
    one_call(concurrency)
