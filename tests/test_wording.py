import pytest

from sentiment.wording import duration, opening, percent


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
def test_a_duration_is_given_in_its_largest_unit(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.964, "96 %"), (0.004, "< 1 %"), (0.9999, "> 99 %"), (0.01, "1 %")],
)
def test_percent_never_claims_all_or_nothing(share, written):
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == written


def test_a_sentence_begins_with_a_capital_and_keeps_the_others():
    said = [opening(words) for words in ("about $0.28 on AWS", "$0.28", "")]
    assert said == ["About $0.28 on AWS", "$0.28", ""]
