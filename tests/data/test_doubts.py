"""Suspicious labels are reported, and correct ones are not."""

import pytest

from sentiment.data import labelled
from sentiment.data.doubts import doubts
from sentiment.data.examples import Example

THINGS = ("kettle", "lamp", "film", "room", "soup", "chair", "tour", "phone", "coat", "bike", "song", "tent")


def examples(positive: int) -> list[Example]:
    return [
        Example(text.format(thing), label)
        for thing in THINGS
        for text, label in (
            ("I love the {}, it is excellent.", positive),
            ("The {} was awful, a waste of money.", 1 - positive),
        )
    ]


def test_labels_the_other_way_round_are_reported():
    (sentence,) = doubts(examples(0))
    assert "The labels seem to be reversed" in sentence
    assert not doubts(examples(1))


def test_what_is_said_not_to_be_does_not_count():
    turned = [Example(f"The {thing} is not great and I never loved it.", 0) for thing in THINGS * 3]
    assert not doubts(turned)


def test_another_language_is_reported():
    french = [
        Example(f"La chambre numéro {number} était très propre et le personnel vraiment gentil avec nous.", number % 2)
        for number in range(40)
    ]
    (sentence,) = doubts(french)
    assert "not in English" in sentence


def write(path, rows):
    path.write_text("review,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    return path


def test_texts_with_both_labels_are_given_as_the_reason(tmp_path):
    path = write(tmp_path / "t.csv", [("The course was fine", label) for label in (0, 1)] * 30)
    (problem,) = labelled.survey(path).problems
    assert problem.startswith("60 rows have a text that occurs with both labels")


@pytest.mark.parametrize("labels", [(1,), (0,), (0, 1)])
def test_a_small_table_and_one_class_can_be_measured_on(tmp_path, labels):
    path = write(tmp_path / "t.csv", [(f"Visit number {i} went as planned", labels[i % len(labels)]) for i in range(6)])
    data = labelled.load(path, to_learn=False)
    assert ([one.label for one in data.train], data.test) == ([labels[i % len(labels)] for i in range(6)], [])
