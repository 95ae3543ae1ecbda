import pytest

from sentiment.wording import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3599, "1 h"),
        (4800, "1 h 20 min"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(seconds, words):
    assert duration(seconds) == words
