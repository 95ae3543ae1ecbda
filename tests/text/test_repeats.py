"""Repeated reviews are found, however many lie between them."""

import random

from sentiment.text.repeats import FirstRows, text_digest


def test_every_row_gets_the_first_one_with_its_review_across_merges():
    generator = random.Random(1)
    reviews = [None if number % 9 == 0 else f"Film {generator.randrange(400)}." for number in range(1_000)]
    first_rows = FirstRows(most_recent=60)
    found = []
    for start in range(0, len(reviews), 70):
        chunk = reviews[start : start + 70]
        digests = [None if review is None else text_digest(review) for review in chunk]
        found += first_rows.of(digests, range(start, start + len(chunk)))
    assert found == [None if review is None else reviews.index(review) for review in reviews]


def test_digests_that_end_in_zeros_are_told_apart():
    first_rows = FirstRows(most_recent=0)
    digests = [b"a" + bytes(15), b"ab" + bytes(14), bytes(16)]
    assert first_rows.of(digests, range(3)) == [0, 1, 2]
    assert first_rows.of(digests[::-1], range(3, 6)) == [2, 1, 0]
