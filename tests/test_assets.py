"""The sample tables contain what the pages promise."""

import csv

import pytest

from sentiment.system.storage import ASSETS


def rows(name):
    with (ASSETS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reviews():
    return rows("sample_reviews.csv")


def test_sample_has_a_date_and_a_category_to_draw_over(reviews):
    assert list(reviews[0]) == ["id", "date", "category", "review"]
    assert len({row["category"] for row in reviews}) == 5
    assert [row["date"] for row in reviews] == sorted(row["date"] for row in reviews)


def test_sample_shows_what_a_table_of_reviews_can_hold(reviews):
    texts = [row["review"] for row in reviews]
    assert len(texts) == 200
    assert "" in texts
    assert len(set(texts)) < len(texts)
    assert any("\n" in text for text in texts)
    assert any("<p>" in text for text in texts)
    assert any('"' in text and "," in text for text in texts)
    assert any(text.startswith("=") for text in texts)
    assert any("ñ" in text or "ó" in text for text in texts)
    assert min(len(text.split()) for text in texts if text) == 1
    assert max(len(text.split()) for text in texts) > 200


def test_labelled_sample_has_enough_of_both_classes_to_train_on():
    stars = [int(row["stars"]) for row in rows("sample_labelled.csv")]
    assert sum(star >= 4 for star in stars) >= 100
    assert sum(star <= 2 for star in stars) >= 100
    assert set(stars) == {1, 2, 3, 4, 5}


def test_no_labelled_review_stands_twice():
    texts = [row["review"] for row in rows("sample_labelled.csv")]
    assert len(set(texts)) == len(texts)
