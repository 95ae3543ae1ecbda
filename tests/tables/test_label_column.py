"""Which column holds the labels."""

import pytest

from sentiment.tables.label_column import guess_label_column


@pytest.mark.parametrize(
    ("columns", "text", "label"),
    [
        (["id", "review", "stars"], "review", "stars"),
        (["review", "sentiment", "rating"], "review", "sentiment"),
        (["review", "Food rating", "Overall rating"], "review", "Overall rating"),
        (["review", "delivery_rating", "product_rating"], "review", "product_rating"),
        (["review", "Average Rating", "My Rating"], "review", "My Rating"),
        (["review", "rating_count", "user_rating"], "review", "user_rating"),
        (["review", "weighted_vote_score", "voted_up"], "review", "voted_up"),
        (["review", "helpful_score", "star_rating"], "review", "star_rating"),
        (["review", "recommendation"], "review", "recommendation"),
        (["_score", "_source", "_source.text", "_source.stars"], "_source.text", "_source.stars"),
        (["score", "payload.op", "payload.after.text", "payload.after.y"], "payload.after.text", "payload.after.y"),
        (["comments", "comments.user.starRating", "label"], "comments", "comments.user.starRating"),
        (["Overall.Rating", "Review.Text", "Review.Helpful.Score"], "Review.Text", "Overall.Rating"),
        (["Review Content", "Sentiment Score", "Review Score"], "Review Content", "Review Score"),
        (["review", "sentiment_score"], "review", "sentiment_score"),
        (["Bewertung", "Sterne"], "Bewertung", "Sterne"),
        (["Kommentar", "Bewertung"], "Kommentar", "Bewertung"),
        (["reseña", "Puntuación"], "reseña", "Puntuación"),
        (["レビュー", "評価"], "レビュー", "評価"),
        (["Bewertung", "Gast"], "Bewertung", None),
        (["label", "id"], "label", "label"),
        (["pros", "overall_rating", "recommend"], "pros", "overall_rating"),
        (["Service review", "Service rating", "Product rating"], "Service review", "Service rating"),
        (["comment", "Rating type", "Rating tags", "Rating value"], "comment", "Rating value"),
        (["comment", "Rating type"], "comment", "Rating type"),
        (["review", "note"], "review", None),
    ],
)
def test_the_label_column_is_found_by_its_name(columns, text, label):
    assert guess_label_column(columns, text) == label
