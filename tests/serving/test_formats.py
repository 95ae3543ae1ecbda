"""Bodies of requests and responses, by media type."""

import csv
import io
import json

import pytest

from sentiment.prediction import PREDICTION_COLUMNS, Prediction
from sentiment.serving import formats
from sentiment.serving.formats import MAXIMUM_REVIEWS, RequestError

GOOD = Prediction("positive", 0.9123456789, 8.25, 4, 4, 0.0)
NOTHING = Prediction("unscored", None, None, 0, 0, 0.0, ("empty", "short"))


def read(text, content_type):
    return formats.read(text.encode(), content_type)


def status_of(body, content_type):
    with pytest.raises(RequestError) as raised:
        formats.read(body, content_type)
    sentence = str(raised.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return raised.value.status


def test_plain_text_is_one_review_answered_by_one_object():
    request = read("Line one.\nLine two, “quoted”.", "text/plain")
    assert request.reviews == ["Line one.\nLine two, “quoted”."]
    assert request.answer_type == "application/json"
    assert json.loads(request.write([GOOD])) == {
        "sentiment": "positive",
        "probability": 0.9123456789,
        "rating": 8.25,
        "tokens_read": 4,
        "tokens_total": 4,
        "unknown_share": 0.0,
        "flags": "",
    }


def test_an_unscored_prediction_has_nulls_and_joined_flags():
    answered = json.loads(read("", "text/plain").write([NOTHING]))
    assert (answered["probability"], answered["rating"], answered["flags"]) == (None, None, "empty;short")


@pytest.mark.parametrize("body", ['{"inputs": ["a", "b"]}', '["a", "b"]', '{"inputs": ["a", "b"], "parameters": {}}'])
def test_json_is_answered_by_a_list(body):
    request = read(body, "Application/JSON; charset=utf-8")
    assert request.reviews == ["a", "b"]
    assert [one["sentiment"] for one in json.loads(request.write([GOOD, NOTHING]))] == ["positive", "unscored"]


def test_one_input_is_answered_by_a_list_of_one():
    request = read('{"inputs": "a"}', "application/json")
    assert request.reviews == ["a"]
    assert len(json.loads(request.write([GOOD]))) == 1


@pytest.mark.parametrize(
    "body", ["", "{", "3", '"bare"', "{}", '{"inputs": null}', '{"inputs": [1]}', "[null]", "[[]]", "[" * 100_000]
)
def test_json_of_another_shape_does_not_parse(body):
    assert status_of(body.encode(), "application/json") == 400


def test_csv_takes_a_review_a_row_with_quotes_commas_and_line_ends():
    request = read('plain\r\n"with, comma and ""quotes"""\r\n"two\r\nlines"\r\n', "text/csv")
    assert request.reviews == ["plain", 'with, comma and "quotes"', "two\r\nlines"]


def test_csv_answers_are_rows_in_the_order_of_the_columns():
    request = read("a\nb\n", "text/csv")
    assert request.answer_type == "text/csv; charset=utf-8; header=absent"
    rows = list(csv.reader(io.StringIO(request.write([GOOD, NOTHING]), newline="")))
    assert rows == [
        ["positive", "0.9123456789", "8.25", "4", "4", "0.0", ""],
        ["unscored", "", "", "0", "0", "0.0", "empty;short"],
    ]


@pytest.mark.parametrize("name", ["review", "Review", "review_text", '"text"', "\ufeffreview"])
def test_a_header_is_no_review_and_is_answered_by_a_header(name):
    request = read(f"{name}\r\nFine.\r\n", "text/csv")
    assert request.reviews == ["Fine."]
    assert request.answer_type.endswith("header=present")
    assert request.write([GOOD]).splitlines()[0] == ",".join(PREDICTION_COLUMNS)


def test_the_caller_may_say_whether_there_is_a_header():
    assert read("Review\nFine.\n", "text/csv; header=absent").reviews == ["Review", "Fine."]
    assert read("Opinions of 2024\nFine.\n", "text/csv; header=present").reviews == ["Fine."]


def test_a_short_first_review_is_no_header():
    assert read("Loved it\nFine.\n", "text/csv").reviews == ["Loved it", "Fine."]


def test_a_blank_line_is_an_empty_review_so_that_rows_keep_their_answers():
    assert read('a\n\n""\nb\n', "text/csv").reviews == ["a", "", "", "b"]


def test_a_review_may_be_longer_than_a_usual_csv_field():
    assert len(read("so " * 100_000, "text/csv").reviews[0]) == 300_000


@pytest.mark.parametrize("body", [b"a,b\n", b'"never closed\n', b'"closed" twice"\n'])
def test_csv_with_several_fields_or_broken_quotes_does_not_parse(body):
    assert status_of(body, "text/csv") == 400


def test_json_lines_are_answered_line_by_line():
    request = read('{"review": "a\u2028b", "id": 7}\r\n{"review": ""}', "application/jsonlines")
    assert request.reviews == ["a\u2028b", ""]
    assert request.answer_type == "application/jsonlines"
    text = request.write([GOOD, NOTHING])
    assert [json.loads(line)["sentiment"] for line in text.split("\n")[:-1]] == ["positive", "unscored"]
    assert text.endswith("\n")


@pytest.mark.parametrize("line", ["", "{", "[]", "7", '"review"', '{"text": "a"}', '{"review": null}'])
def test_a_line_that_is_no_review_is_named(line):
    with pytest.raises(RequestError, match="Line 2") as raised:
        read(f'{{"review": "a"}}\n{line}\n', "application/jsonlines")
    assert raised.value.status == 400


@pytest.mark.parametrize("content_type", ["text/csv", "application/jsonlines", "application/json"])
def test_no_reviews_no_predictions(content_type):
    request = read("[]" if content_type == "application/json" else "", content_type)
    assert request.reviews == []
    assert request.write([]) in ("", "[]")


@pytest.mark.parametrize("content_type", ["", "application/x-npy", "text/html", "json", "text/plain; charset=klingon"])
def test_other_media_types_are_refused(content_type):
    assert status_of(b"a", content_type) == 415


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/csv", "application/jsonlines"])
def test_bytes_that_are_not_text_do_not_parse(content_type):
    assert status_of(b"\xff\xfe\xff", content_type) == 400


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "unicode_escape", "undefined", "zlib", "\x00"])
def test_a_codec_of_python_that_is_no_charset_of_the_web_is_refused(charset):
    assert status_of(b"xn--" + b"a" * 100_000, f"text/plain; charset={charset}") == 415


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[" + b'"",' * MAXIMUM_REVIEWS + b'""]', "application/json"),
        (b"\n" * (MAXIMUM_REVIEWS + 1), "text/csv"),
        (b"review\n" + b"\n" * (MAXIMUM_REVIEWS + 1), "text/csv"),
        (b'{"review": ""}\n' * (MAXIMUM_REVIEWS + 1), "application/jsonlines"),
    ],
)
def test_more_reviews_than_a_request_may_have_are_too_large(body, content_type):
    assert status_of(body, content_type) == 413


def test_as_many_reviews_as_a_request_may_have_are_read():
    lines = b'{"review": "good"}\n' * MAXIMUM_REVIEWS
    assert len(formats.read(lines, "application/jsonlines").reviews) == MAXIMUM_REVIEWS
    assert len(formats.read(b"review\n" + b"good\n" * MAXIMUM_REVIEWS, "text/csv").reviews) == MAXIMUM_REVIEWS


def test_another_charset_may_be_named():
    assert formats.read("Schöner Film".encode("latin-1"), 'text/plain; charset="ISO-8859-1"').reviews == [
        "Schöner Film"
    ]


def test_half_a_surrogate_pair_becomes_a_character():
    assert read(r'["\ud83d", "\ud83d\ude00"]', "application/json").reviews == ["\ufffd", "😀"]
