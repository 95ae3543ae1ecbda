"""Sentences, passages and paraphrases of reviews for the teacher."""

import random

from scripts.research.reviews import material
from scripts.research.reviews.material import Amounts

REVIEW = "The kettle boils fast. It never leaked, and my sister likes it! Would I buy another one? Yes."


def test_a_review_gives_its_single_sentences_but_for_the_very_short():
    made = material.of_kind([REVIEW], Amounts(rewordings_of_kind=0), random.Random(1))
    assert sorted(made) == sorted(
        ["The kettle boils fast.", "It never leaked, and my sister likes it!", "Would I buy another one?"]
    )


def test_rewordings_have_the_words_of_the_review_in_fewer_or_another_order():
    many = [f"{REVIEW} Number {number}." for number in range(40)]
    made = material.of_kind(many, Amounts(sentences_of_kind=0), random.Random(1))
    words = {word for one in many for word in one.split()}
    assert len(made) > 30
    assert all(set(one.split()) <= words for one in made)
    assert any(len(one.split()) < len(many[0].split()) for one in made)
    assert any(sorted(one.split()) == sorted(own.split()) and one != own for one in made for own in many)


def test_passages_are_some_sentences_in_a_row():
    film = " ".join(f"This is sentence number {number} of the review." for number in range(12))
    (passage,) = material.of_films([film], Amounts(film_sentences=0, film_passages=5), random.Random(1))
    assert passage in film
    assert 2 <= passage.count(".") <= 5


def test_no_more_is_taken_than_asked_for():
    many = [f"The kettle number {number} boils fast. It is a lovely kettle." for number in range(50)]
    amounts = Amounts(sentences_of_kind=7, rewordings_of_kind=3)
    assert len(material.of_kind(many, amounts, random.Random(1))) == 10
