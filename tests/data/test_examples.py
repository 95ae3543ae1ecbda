import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.data.examples import Dataset, Example, split
from sentiment.errors import DataError


def films(count, reviews_per_film, seed=0):
    """Return examples of films of very different sizes; each film has a majority label."""
    dice = random.Random(seed)
    return [
        Example(f"review {film}-{number}", int(dice.random() < (0.8 if film % 2 else 0.2)), None, f"tt{film}")
        for film in range(count)
        for number in range(dice.randint(1, reviews_per_film))
    ]


def positive_share(examples):
    return sum(example.label for example in examples) / len(examples)


def test_no_film_stands_on_both_sides():
    train, validation = split(films(300, 20), 0.1, seed=1)
    assert not {example.group for example in train} & {example.group for example in validation}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_both_sides_have_the_share_and_the_balance_asked_for(seed, share):
    examples = films(1000, 20)
    train, validation = split(examples, share, seed)
    assert len(validation) / len(examples) == pytest.approx(share, abs=0.005)
    assert positive_share(train) == pytest.approx(positive_share(validation), abs=0.015)


def test_nothing_is_lost_or_doubled():
    examples = films(50, 9)
    train, validation = split(examples, 0.2, seed=3)
    assert sorted(train + validation, key=str) == sorted(examples, key=str)


def test_the_split_depends_on_the_seed_and_not_on_the_order():
    examples = films(100, 9)
    shuffled = examples.copy()
    random.Random(5).shuffle(shuffled)
    assert split(examples, 0.2, seed=3) == split(shuffled, 0.2, seed=3)
    assert split(examples, 0.2, seed=3) != split(examples, 0.2, seed=4)


def test_a_review_without_a_film_stands_for_itself():
    examples = [Example(f"review {number}", number % 2) for number in range(400)]
    train, validation = split(examples, 0.25, seed=0)
    assert (len(train), len(validation)) == (300, 100)
    assert positive_share(validation) == 0.5


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 1), st.sampled_from(["", "a", "b", "c", "d", "e"])), min_size=80
    ),
    st.integers(0, 9),
)
def test_the_same_text_is_never_on_both_sides(rows, seed):
    examples = [Example(f"text {text}", label, None, group) for text, label, group in rows]
    try:
        train, validation = split(examples, 0.2, seed)
    except DataError:
        return
    assert not {example.review for example in train} & {example.review for example in validation}
    groups = [{example.group for example in side if example.group} for side in (train, validation)]
    assert not groups[0] & groups[1]


def test_one_film_only_cannot_be_split():
    examples = [Example(f"review {number}", number % 2, None, "tt1") for number in range(100)]
    with pytest.raises(DataError, match="cannot be held out"):
        split(examples, 0.1, seed=0)


def test_a_few_large_films_are_split_as_well_as_they_can_be():
    examples = [Example(f"review {number}", number % 2, None, f"tt{number % 20 // 2}") for number in range(200)]
    train, validation = split(examples, 0.1, seed=0)
    assert (len(train), len(validation)) == (180, 20)


def test_the_digest_distinguishes_data_but_not_orders():
    examples = films(5, 5)
    data = Dataset(examples, examples[:2], "a")
    assert data.digest == Dataset(examples[::-1], examples[:2], "b").digest
    others = [
        Dataset(examples[:-1], examples[:2], "a"),
        Dataset(examples, examples[:1], "a"),
        Dataset([*examples[:-1], Example(examples[-1].review, 1 - examples[-1].label)], examples[:2], "a"),
    ]
    assert len({data.digest, *(other.digest for other in others)}) == 4
    assert len(data.digest) == 64
