"""The review in a cell: what programs wrap is unwrapped, and what people write stays as it is."""

import base64
import json
from urllib.parse import quote

import pytest

from sentiment.tables.review_cells import holds_several, text_of

TEXT = "The porter said \"welcome\", it's a fine place: 10/10.\nWe'll be back – soon."
ASCII = 'He said "no", and that\'s that.'


@pytest.mark.parametrize(
    "cell",
    [
        json.dumps({"text": TEXT, "stars": 5}),
        json.dumps(
            {
                "title": "A title that is longer than the review below it, and by far, and then some more",
                "review_body": TEXT,
            }
        ),
        json.dumps([{"S": TEXT}]),
        "  " + json.dumps({"data": {"attributes": {"text": TEXT}}}, indent=1),
        str({"text": TEXT, "stars": 5}),
        str([TEXT]),
        str(TEXT.encode()),
        f" {TEXT.encode()!r} ",
        '="' + TEXT.replace('"', '""') + '"',
        quote(TEXT),
        base64.b64encode(TEXT.encode()).decode(),
        {"id": 3, "reviewText": TEXT},
        [("title", ""), ("text", TEXT)],
    ],
    ids=str,
)
def test_a_wrapped_text_is_unwrapped(cell):
    assert text_of(cell) == TEXT


@pytest.mark.parametrize(
    "cell",
    [
        "[Spoilers] The ending is weak.",
        "[deleted]",
        "{sigh} Again too late.",
        "{}",
        "[]",
        "[5]",
        '{"stars": 5}',
        '{"text": "cut off',
        "b'cause it's good, that's why",
        "b'a' and b'b'",
        'b"No',
        '="No',
        "=) fine",
        "100%20 more",
        "100%",
        "Wonderful%20",
        "Incomprehensibilities",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "['\\d']",
        "[" * 5_000,
        "{'a':" * 3_000,
        "b'" + "\\" * 10_001,
        "",
        " ",
    ],
    ids=lambda cell: cell[:20],
)
def test_what_people_write_stays_as_it_is(cell):
    assert text_of(cell) == (cell if "%20" not in cell or " " in cell else "Wonderful ")


@pytest.mark.parametrize(
    "cell",
    [
        '{"stars": 5, "text": ""}',
        {"review": None, "stars": 5},
        {"comment": "", "note": []},
        {"title": "In short", "body": "", "stars": 5},
        {"label": "", "attributes": {"type": "text"}},
        {"type": "literal", "value": ""},
        {"type": "rich_text", "rich_text": []},
        {"review": {"en-US": ""}, "rating": {"en-US": 4}},
        [{"userComment": {"text": "", "device": "starlte"}}],
        [""],
        [],
    ],
    ids=str,
)
def test_an_object_with_an_empty_review_is_empty(cell):
    assert text_of(cell) == ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({"type": "number", "number": 5}, "5"),
        ({"en-US": {"value": 4.0}}, "4"),
        ({"low": 1, "high": 5}, '{"low": 1, "high": 5}'),
    ],
)
def test_an_object_with_one_number_is_that_number(cell, text):
    assert text_of(cell) == text


def test_a_warning_of_the_parser_never_reaches_the_user(recwarn):
    assert text_of("['C:\\docs', 'A fine place.']") == "['C:\\docs', 'A fine place.']"
    assert text_of("['A fine place.', 5and]") == "['A fine place.', 5and]"
    assert text_of("['A fine place.' (3), [1][2]]") == "['A fine place.' (3), [1][2]]"
    # What other tests left unclosed may be collected, and warned of, here.
    assert not [one for one in recwarn if one.category is not ResourceWarning]


def test_a_cell_of_several_reviews_is_recognised():
    assert holds_several(json.dumps([{"text": "Good."}, {"text": "Bad."}]))
    assert holds_several(str([{"text": "Good."}, {"text": "Bad."}]))
    assert holds_several(str([("Rated 4.0", "RATED It was fine."), ("Rated 1.0", "RATED Never again, ever.")]))
    assert holds_several([["Ann", "It was fine."], ["Bo", "Never again, ever."]])
    assert not holds_several(json.dumps([["It", "was"], ["fine", "."]]))
    assert not holds_several(json.dumps([{"text": "Good."}]))
    assert not holds_several(json.dumps(["Good.", "Bad."]))
    assert not holds_several("[Good] and [bad]")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("np.str_('It\\'s fine.')", "It's fine."),
        ('np.str_("It\'s fine.")', "It's fine."),
        ("np.bytes_(b'Fine.')", "Fine."),
        ("[np.str_('Fine.'), np.float64(4.0)]", "Fine."),
        ("{'text': np.str_('Fine.'), 'n': np.int64(4)}", "Fine."),
        ("np.float64(4.0)", "4"),
        ("np. and so on", "np. and so on"),
    ],
)
def test_a_scalar_of_numpy_is_its_value(cell, text):
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({"type": "literal", "value": "Bad"}, "Bad"),
        ({"created": "2024-05-01T10:00:00Z", "content_text": "Bad", "rating": "5"}, "Bad"),
        ({"attributes": {"type": "Review", "url": "/services/data/a01"}, "words": "Bad"}, "Bad"),
        ({"type": "literal", "value": "5"}, "5"),
        ({"url": "https://example.org/a", "id": "7"}, "https://example.org/a"),
        ({"source": "A program for the telephone", "full_text": "Bad"}, "Bad"),
        ("01/May/24 10:00 AM;ann;Bad", "Bad"),
        ("01/May/24 was bad; ann; too", "01/May/24 was bad; ann; too"),
    ],
)
def test_what_a_field_says_of_another_is_not_the_review(cell, text):
    assert text_of(cell) == text
