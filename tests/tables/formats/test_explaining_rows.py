"""Rows below the header that explain it, in tables without numbers to tell them from reviews, are not scored."""

import pandas as pd
import pytest

from sentiment.tables.formats.explaining_rows import rows_below_header
from sentiment.tables.table import inspect_table

LIKED = ["The porter was kind, and the room quiet.", "Nothing.", "The garden, and the cat.", "It was the soup."]
BETTER = ["More towels, please.", "The stairs creak at night, so we slept little.", "No idea", "Open the pool earlier."]
TOWNS = ["Rome", "Oslo", "Bern", "New York"]


@pytest.mark.parametrize(
    ("names", "row", "columns"),
    [
        (
            ["town", "like", "improve"],
            ["Which town do you live in?", "What did you like most about your stay?", "What should we do better?"],
            [TOWNS, LIKED, BETTER],
        ),
        (["like", "dislike"], ["What did you like about us?", "What did you dislike about us?"], [LIKED, BETTER]),
        (
            ["respondent", "nps_reason"],
            ["Your name", "Please tell us the main reason for your score."],
            [["Ann", "Bo", "Cy", "Di"], LIKED],
        ),
        (
            ["town", "first_visit", "comment"],
            ["Town you live in", "Was it your first visit?", "Any other comments?"],
            [TOWNS, ["Yes", "No", "Yes", "Yes"], LIKED],
        ),
        (["name", "review"], ["Name of the guest", "What the guest wrote"], [["Ann B."] * 4, LIKED]),
        (["Gast", "Bewertung"], ["guest", "review"], [["Ann", "Bo", "Cy", "Di"], LIKED]),
        (["guest", "review"], ["Gast", "Bewertung"], [["Ann", "Bo", "Cy", "Di"], LIKED]),
        (["guest", "comment"], ["Invité", "Avis"], [["Ann", "Bo", "Cy", "Di"], ["Bien", "Nul", "Moyen", "Super"]]),
        (["name", "text"], ["名前", "レビュー"], [["Ann", "Bo", "Cy", "Di"], LIKED]),
        (
            ["id", "liked", "other"],
            ["", "Open-Ended Response", "Open-Ended Response"],
            [["A1", "A2", "", "A4"], LIKED, BETTER],
        ),
    ],
    ids=lambda value: str(value[0])[:20],
)
def test_questions_and_names_below_short_names_are_no_reviews(names, row, columns):
    answers = list(zip(*columns, strict=True))
    assert rows_below_header(names, [row, *answers]) == 1
    assert rows_below_header(names, answers) == 0


@pytest.mark.parametrize(
    ("names", "row", "columns"),
    [
        (["title", "review"], ["Is it worth it?", "Would you come again? We would not."], [TOWNS, LIKED]),
        (["title", "review"], ["Why?", "Nobody answers the phone!"], [TOWNS, LIKED]),
        (["title", "review"], ["Thank you!", "Your soup is the best in town."], [TOWNS, LIKED]),
        (["name", "review"], ["Ann", "Would you believe it?"], [TOWNS, LIKED]),
        (["name", "comment"], ["Ann", "Review"], [TOWNS, LIKED]),
        (["hotel", "review"], ["Hotel of the Year", "Too loud"], [TOWNS, LIKED]),
        (
            ["question", "answer"],
            ["How are the rooms?", "Small and clean."],
            [["Where is it?", "Is it loud?"] * 2, LIKED],
        ),
        (["like", "dislike"], ["What is there not to like?", "Noise"], [LIKED, BETTER]),
        (["like", "dislike"], ["What a place!", "How could you?"], [LIKED, BETTER]),
        (
            ["like", "dislike"],
            ["What did you do to it?", "Why did you?"],
            [["What?", "How is it?", "Who asks?", "Me"], LIKED],
        ),
        (["town", "like"], ["Which town do you live in?", "What did you like?"], [TOWNS[:2], LIKED[:2]]),
        (["id", "review"], ["0", "Commentaire"], [[""] * 4, [""] * 4]),
        (["id", "review"], ["7", "Bewertung"], [["", "8", "", ""], LIKED]),
        (["town", "review"], ["Some place", "Bewertung"], [TOWNS, [""] * 4]),
    ],
    ids=lambda value: str(value[0])[:20],
)
def test_a_first_review_that_asks_stays_a_review(names, row, columns):
    assert rows_below_header(names, [row, *zip(*columns, strict=True)]) == 0


IMPORT_IDS = ['{"ImportId":"startDate","timeZone":"America/Denver"}', '{"ImportId":"QID1"}', '{"ImportId":"QID2_TEXT"}']


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_the_three_header_rows_of_qualtrics_above_few_answers(tmp_path, name):
    answers = [["2024-05-01 10:00:00", 5, text] for text in LIKED]
    rows = [["StartDate", "Q1", "Q2"], ["Start Date", "How was it?", "Please tell us more"], IMPORT_IDS, *answers]
    frame = pd.DataFrame(rows)
    path = tmp_path / name
    frame.to_csv(path, index=False, header=False) if name == "t.csv" else frame.to_excel(
        path, index=False, header=False
    )
    table = inspect_table(path)
    assert (table.columns, list(table.reviews())) == (("StartDate", "Q1", "Q2"), LIKED)
