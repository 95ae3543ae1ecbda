"""Which column holds the reviews: the opinion, not what it is about nor what was answered; or why none was chosen."""

import json

import pytest

from sentiment.tables.text_column import find_text_column

OPINIONS = [
    "The porter was kind and the room quiet.",
    "Cold soup and slow waiters, never again.",
    "It broke on day two.",
]
OTHERS = [
    "A lamp of brass with a shade of linen, made by hand in small numbers and delivered within three days.",
    "Thank you for the time that you took to write to us; we are glad to see you again in our house next year.",
    "The printer on the second floor has not printed since yesterday, and a paper jam is shown although there is none.",
]


def chosen(**columns):
    """Return the name of the text column of a table with these columns, whose underscores are blanks, else None."""
    labels = [name.replace("_", " ") for name in columns]
    found = find_text_column(labels, list(zip(*columns.values(), strict=True)))
    return None if found.index is None else labels[found.index]


@pytest.mark.parametrize(
    "columns",
    [
        {
            "Subject": ["Stay"] * 3,
            "Description": OTHERS,
            "Satisfaction_Score": ["Good"] * 3,
            "Satisfaction_Comment": OPINIONS,
        },
        {"Description": OTHERS, "Survey_Result": ["Happy"] * 3, "Survey_Comments": OPINIONS},
        {"First_message": OTHERS, "Conversation_rating_remark": OPINIONS},
        {"Problem": OTHERS, "nps_reason": OPINIONS},
        {"Summary": OTHERS, "NPS_Feedback": OPINIONS},
        {"product": ["Lamp"] * 3, "description": OTHERS, "customer_review": OPINIONS},
        {"product_details": [text * 3 for text in OTHERS], "customer_review": OPINIONS},
        {"customer_review": OPINIONS, "response": OTHERS},
        {"Owner_comment": OTHERS, "Guest_comment": OPINIONS},
        {"Review_title": OPINIONS[::-1], "Customer_review": OPINIONS},
        {"comment": OPINIONS, "survey_comments": OTHERS},
        {"product_description": [text * 3 for text in OTHERS], "user_comment": OPINIONS},
        {"Case_Description": OTHERS, "Customer_Feedback": OPINIONS},
        {"feedback_type": ["A note on this and that and more"] * 3, "details": [text * 3 for text in OPINIONS]},
        {"comment": OPINIONS, "comment_(2)": OTHERS},
        {"text": OPINIONS, "review_note": OTHERS},
        {"description": OPINIONS, "review_date": ["2024-05-01"] * 3, "review_id": ["R1X", "R2X", "R3X"]},
        {"description": OPINIONS, "comment_count": [3, 4, 5], "review_url": ["https://x.example/a b c d e"] * 3},
        {"description": OPINIONS, "customer_comments": ["", "", ""]},
        {"review_1": OPINIONS, "review_2": ["", "", ""]},
        {"review": OPINIONS, "comment_1": OTHERS, "comment_2": OTHERS},
        {"data": [json.dumps({"text": text, "stars": 4}) for text in OPINIONS], "place": ["In the north"] * 3},
    ],
    ids=str,
)
def test_the_opinion_is_chosen(columns):
    place = next(
        name for name, cells in columns.items() if cells[0].startswith(OPINIONS[0]) or '"text"' in str(cells[0])
    )
    assert chosen(**columns) == place.replace("_", " ")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["product", "review_1", "review_2", "review_3"], '"review_1", "review_2" and "review_3"'),
        (["product", "reviews/0/text", "reviews/0/stars", "reviews/1/text"], '"reviews/0/text" and "reviews/1/text"'),
        (["Shop", "review", "review.1", "city"], '"review" and "review.1"'),
        (["Shop", "Comment 1", "Comment 2", "city"], '"Comment 1" and "Comment 2"'),
        (["hotel", "Positive_Review", "Negative_Review", "city"], '"Positive_Review" and "Negative_Review"'),
    ],
)
def test_reviews_in_several_columns_are_not_chosen_between(labels, words):
    cells = {0: ["A", "B", "C"], 2: [4, 5, 1] if "stars" in labels[2] else OTHERS}
    columns = [cells.get(place, OPINIONS) for place in range(3)]
    columns.append(["Rome", "Oslo", "Bern"] if labels[3] == "city" else OTHERS)
    found = find_text_column(labels, list(zip(*columns, strict=True)))
    assert found.index is None
    assert words in found.obstacle
    assert "one row per review" in found.obstacle


def test_a_table_that_lies_on_its_side_is_not_read_down_its_columns():
    rows = [["guest", "Ann", "Bo", "Cy"], ["review", *OPINIONS], ["stars", 5, 1, 2]]
    found = find_text_column(["column_1", "column_2", "column_3", "column_4"], rows)
    assert found.index is None
    assert "transpose" in found.obstacle
    upright = [["comment", text, "x", "y"] for text in OPINIONS]
    assert find_text_column(["kind", "words", "b", "c"], upright).index == 1


def test_several_reviews_in_a_cell_are_not_scored_as_one():
    cells = [json.dumps([{"text": one} for one in OPINIONS])] * 3
    found = find_text_column(["product", "reviews"], [["Lamp", cell] for cell in cells])
    assert found.index is None
    assert 'several reviews in each cell of "reviews"' in found.obstacle


def test_links_are_not_reviews():
    rows = [[f"https://example.org/a-long-name-of-a-page/{i}", f"Good thing {i}"] for i in range(5)]
    assert find_text_column(["page", "said"], rows).index == 1
    assert find_text_column(["page", "path"], [[row[0], "/r/a/b"] for row in rows]).index is None


@pytest.mark.parametrize(
    ("labels", "row", "column"),
    [
        (["pros", "cons"], ["Kind staff {i}", "Nothing much to say about the other side of it"], 0),
        (["Started", "What is good?"], ["05/01/2024 10:00:00 AM", "Kind {i} staff"], 1),
        (["Started", "What is good?"], ["2024/05/01 10:00:00 AM GMT+1", "Kind {i} staff"], 1),
        (["Started", "What is good?"], ["01-May-2024 10:00AM", "Kind {i} staff"], 1),
        (["comment_content", "comment_agent"], ["Kind {i}", "Mozilla/5.0 (X{i}; Linux) AppleWebKit/537.36 (KHTML)"], 0),
        (["answer type", "said"], ["completed", "Kind {i} staff"], 1),
        (["data", "created"], [{"text": "Kind {i}"}, "2024-05-01T10:00:00Z"], 0),
    ],
)
def test_what_is_the_same_in_each_row_or_a_date_is_not_the_review(labels, row, column):
    rows = [
        [
            {"text": cell["text"].replace("{i}", str(i))} if isinstance(cell, dict) else cell.replace("{i}", str(i))
            for cell in row
        ]
        for i in range(5)
    ]
    assert find_text_column(labels, rows).index == column


@pytest.mark.parametrize(
    "cell",
    [
        [{"context": "A kind porter indeed"}, {"context": "The soup was cold"}],
        {"cursor": None, "items": [{"words": "A kind porter indeed"}, {"words": "The soup was cold"}]},
    ],
)
def test_the_rows_found_in_one_cell_of_the_only_row_are_not_one_review(cell):
    found = find_text_column(["title", "parts"], [["Hotel", cell]])
    assert found.index is None
    assert 'several reviews in each cell of "parts"' in found.obstacle


def test_a_text_that_is_the_same_in_each_row_is_found_if_there_is_no_other():
    assert find_text_column(["a", "b"], [[i, "A fine place"] for i in range(5)]).index == 1


ANSWER = "Vielen Dank für Ihre lange und freundliche Nachricht, wir freuen uns auf Sie."


@pytest.mark.parametrize(
    ("labels", "row", "column"),
    [
        (["Nr", "Bewertung", "Sterne", "Antwort"], ["{i}", "Gut war es {i}", "5", ANSWER], 1),
        (["Bewertung", "Kommentar", "Antwort"], ["{i}", "Gut war es {i}", ANSWER + "{i}"], 1),
        (["番号", "レビュー", "返信"], ["{i}", "Kind staff {i}", ANSWER + "{i}"], 1),
        (["id", "Texto libre", "Respuesta"], ["{i}", "Me gusta mucho la casa {i}", ANSWER + "{i}"], 1),
        (["mail", "said"], ["ann.{i}@a-company-of-the-sea.example", "Kind {i} staff"], 1),
        (["key", "said"], ["62f8a1b2-0000-4000-8000-00000000000{i}", "Kind {i} staff"], 1),
        (["said by", "said"], ["Mozilla/5.0 (Windows NT 10.0; rv:{i}.0) Gecko/20100101", "Kind {i} staff"], 1),
    ],
)
def test_reviews_in_other_languages_come_before_the_answers_to_them(labels, row, column):
    rows = [[cell.replace("{i}", str(i)) for cell in row] for i in range(5)]
    assert find_text_column(labels, rows).index == column
