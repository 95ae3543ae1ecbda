from concurrent.futures import ThreadPoolExecutor

from sentiment.answers.facts import TableFacts


def test_phrases_are_counted_once_however_many_threads_ask(hotels):
    facts = TableFacts(hotels.table)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: facts.phrases, range(4)))
    assert len({id(counts) for counts in found}) == 1
