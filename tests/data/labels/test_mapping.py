import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.data.labels.mapping import LabelMapping, suggest_mapping
from sentiment.data.labels.values import normalised
from sentiment.errors import DataError


def meaning(values):
    """Return (negative, positive, left out, scale) as suggested for these values, each occurring 50 times."""
    mapping = suggest_mapping("grade", dict.fromkeys(values, 50))
    return mapping.negative, mapping.positive, mapping.left_out, mapping.scale


@pytest.mark.parametrize(
    ("values", "negative", "positive", "left_out"),
    [
        (["0", "1"], ("0",), ("1",), ()),
        (["-1", "0", "1"], ("-1",), ("1",), ("0",)),
        (["1", "2"], ("1",), ("2",), ()),
        (["0", "2", "4"], ("0",), ("4",), ("2",)),
        (["no", "yes"], ("no",), ("yes",), ()),
        (["false", "true", ""], ("false",), ("true",), ("",)),
        (["neg", "pos"], ("neg",), ("pos",), ()),
        (["bad", "good"], ("bad",), ("good",), ()),
        (["negative", "neutral", "positive", "uncertain"], ("negative",), ("positive",), ("neutral", "uncertain")),
    ],
)
def test_common_ways_to_write_two_classes_are_understood(values, negative, positive, left_out):
    assert meaning(values) == (negative, positive, left_out, None)


def test_five_stars_leave_the_middle_out():
    assert meaning("12345") == (("1", "2"), ("4", "5"), ("3",), 5)


def test_ten_stars_leave_the_middle_out():
    assert meaning([str(n) for n in range(1, 11)]) == (("1", "2", "3", "4"), ("7", "8", "9", "10"), ("5", "6"), 10)


def test_half_stars_are_judged_on_the_ten_star_scale():
    assert meaning(["1", "2", "2.5", "3", "3.5", "4.5", "5"]) == (("1", "2"), ("3.5", "4.5", "5"), ("2.5", "3"), 5)


def test_no_stars_beside_a_full_scale_means_unrated():
    assert meaning("012345") == (("1", "2"), ("4", "5"), ("0", "3"), 5)


@pytest.mark.parametrize(
    "values",
    [["a", "b"], ["0", "1", "2"], ["0", "1", "2", "3", "4"], ["1", "2", "3"], ["10", "50"], []],
)
def test_values_that_do_not_say_which_is_which_are_asked_about(values):
    with pytest.raises(DataError, match='Which values of column "grade" are negative'):
        meaning(values)


def test_the_question_lists_the_values_with_their_counts():
    with pytest.raises(DataError, match=r"b \(1,200\), a \(7\), \(empty\) \(1\)\."):
        suggest_mapping("grade", {"a": 7, "b": 1200, "": 1})


@pytest.mark.parametrize("values", [["1"], ["positive"], ["good", ""], ["good", "neutral"]])
def test_a_column_of_one_label_raises_no_question_that_cannot_be_answered(values):
    with pytest.raises(DataError, match="holds one label only, "):
        meaning(values)


def test_a_slip_of_the_pen_is_left_out_but_a_third_class_is_asked_about():
    assert suggest_mapping("grade", {"positive": 300, "negative": 200, "postive": 1}).left_out == ("postive",)
    with pytest.raises(DataError, match="Which values"):
        suggest_mapping("grade", {"positive": 300, "negative": 200, "irrelevant": 100})


def test_a_column_of_names_is_not_labels():
    with pytest.raises(DataError, match="250 different values"):
        meaning([f"user {number}" for number in range(250)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Positive ", "positive"),
        ("1.0", "1"),
        (1, "1"),
        (True, "true"),
        (None, ""),
        ("4,5", "4.5"),
        ("Very  Good", "very good"),
    ],
)
def test_values_are_compared_without_case_spaces_and_number_form(value, expected):
    assert normalised(value) == expected


def test_a_mapping_gives_labels_and_stars_out_of_ten():
    five = suggest_mapping("stars", dict.fromkeys("12345", 9))
    assert [five.label(value) for value in (1, "2.0", 3, "4", " 5 ", "six", None)] == [0, 0, None, 1, 1, None, None]
    assert [five.stars(value) for value in ("1", 4.5, "six", None)] == [2.0, 9.0, None, None]
    assert suggest_mapping("stars", dict.fromkeys(["1", "10"], 9)).stars("7") == 7.0
    assert suggest_mapping("label", dict.fromkeys("01", 9)).stars("1") is None


values = st.lists(st.text(max_size=8).map(normalised), max_size=5)


@given(st.text(max_size=8), st.sets(st.text(max_size=8).map(normalised), min_size=2), st.sampled_from([None, 5, 10]))
def test_json_round_trip(column, values, scale):
    first, second, *rest = sorted(values)
    mapping = LabelMapping(column, (first,), (second,), tuple(rest), scale)
    assert LabelMapping.from_json(mapping.to_json()) == mapping


def test_a_mapping_typed_by_hand_may_leave_out_the_rest():
    mapping = LabelMapping.from_json('{"column": "Grade", "negative": ["C ", 4], "positive": ["A"]}')
    assert mapping == LabelMapping("Grade", ("c", "4"), ("a",))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"column": "a"}', '{"column": "a", "negative": "b", "positive": ["c"]}', '{"colum": "a"}']
)
def test_a_mapping_that_cannot_be_read_shows_how_to_write_it(text):
    with pytest.raises(DataError, match=r'write it like \{"column": "grade"'):
        LabelMapping.from_json(text)


@pytest.mark.parametrize(
    ("negative", "positive", "left_out", "scale", "message"),
    [
        ([], ["a"], [], None, "at least one negative and one positive"),
        (["a"], ["A "], [], None, "two meanings to a"),
        (["a"], ["b"], ["b"], None, "two meanings to b"),
        (["a"], ["b"], [], 7, "scale 7"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(negative, positive, left_out, scale, message):
    with pytest.raises(DataError, match=message):
        LabelMapping("grade", tuple(negative), tuple(positive), tuple(left_out), scale)


@pytest.mark.parametrize(
    ("values", "negative", "positive", "scale"),
    [
        (["1.0 out of 5 stars", "5.0 out of 5 stars"], ("1/5",), ("5/5",), 10),
        (["2/10", "9/10", "5/10"], ("2/10",), ("9/10",), 10),
        (["1 star", "4 stars", "5 stars"], ("1",), ("4", "5"), 5),
        (["0.5", "1.5", "4", "4.5", "5"], ("0.5", "1.5"), ("4", "4.5", "5"), 5),
        (["1½", "4½", "5"], ("1.5",), ("4.5", "5"), 5),
        (["★☆☆☆☆", "★★★★☆", "★★★★★"], ("1/5",), ("4/5", "5"), 5),
        (["⭐", "⭐⭐", "⭐⭐⭐⭐", "⭐⭐⭐⭐⭐"], ("1", "2"), ("4", "5"), 5),
        (["10%", "35 %", "80%", "100%"], ("10%", "35%"), ("80%", "100%"), 10),
        (["Recommended", "Not Recommended"], ("not recommended",), ("recommended",), None),
        (["👍", "👎"], ("👎",), ("👍",), None),
        (["ONE", "TWO", "FOUR", "FIVE"], ("1", "2"), ("4", "5"), 5),
        (["One star", "Five stars"], ("1",), ("5",), 5),
        (["Rated 1 out of 5", "Rated 4 out of 5 stars."], ("1/5",), ("4/5",), 10),
        (["1 - Terrible", "2 - Poor", "4 - Good", "5 - Excellent"], ("1", "2"), ("4", "5"), 5),
        (["1 star: bad", "5 stars (great)"], ("1",), ("5",), 5),
        (["__label__1", "__label__2"], ("1",), ("2",), None),
        (["LABEL_0", "LABEL_1"], ("0",), ("1",), None),
        (["Strongly disagree", "Disagree", "Agree"], ("disagree", "strongly disagree"), ("agree",), None),
        (["+", "-"], ("-",), ("+",), None),
        (["-2", "-1", "0", "1", "2"], ("-2", "-1"), ("1", "2"), None),
        (["ONE_STAR", "FIVE_STARS"], ("1",), ("5",), 5),
        (["1 of 5 bubbles", "bubble_45"], ("1/5",), ("4.5/5",), 10),
        (["1 star out of five", "5 stars out of five stars"], ("1/5",), ("5/5",), 10),
        (["I would recommend", "I would not recommend"], ("i would not recommend",), ("i would recommend",), None),
        (["Good with comment", "Bad", "Offered"], ("bad",), ("good with comment",), None),
        (["Positive review", "Negative (0.91)"], ("negative (0.91)",), ("positive review",), None),
        (["😡", "😀", "😐"], ("😡",), ("😀",), None),
        (["½", "★½", "★★★½", "★★★★★"], ("0.5", "1.5"), ("3.5", "5"), 5),
        (["⭐️1", "5⭐", "4★"], ("1",), ("4", "5"), 5),
        (["●○○○○", "●●●●○"], ("1/5",), ("4/5",), 10),
        (["❤️", "❤️❤️❤️❤️❤️"], ("1",), ("5",), 5),
        (["*", "**", "****", "*****"], ("1", "2"), ("4", "5"), 5),
        (["1,0 von 5 Sternen", "4,5 von 5 Sternen"], ("1/5",), ("4.5/5",), 10),
        (["1,0 sur 5 étoiles", "5,0 sur 5 étoiles"], ("1/5",), ("5/5",), 10),
        (["2,0 su 5 stelle", "4 de 5 estrellas", "5 van 5"], ("2/5",), ("4/5", "5/5"), 10),
        (["5つ星のうち1.0", "5つ星のうち5.0"], ("1/5",), ("5/5",), 10),
        (["1 Stern", "5 Sterne", "4 étoiles", "4星"], ("1",), ("4", "5"), 5),
        (["star-rating-1", "star-rating-5"], ("1",), ("5",), 5),
        (["-1.0", "-0.5", "0", "0.05", "0.5", "1.0"], ("-1", "-0.5"), ("0.5", "1"), None),
        (["-5", "-2", "0", "2", "5"], ("-5", "-2"), ("2", "5"), None),
        (["5 - very bad", "4 - bad", "2 - good", "1 - very good"], ("bad", "very bad"), ("good", "very good"), None),
    ],
)
def test_ratings_and_words_as_shops_write_them(values, negative, positive, scale):
    found = suggest_mapping("grade", dict.fromkeys(map(normalised, values), 50))
    assert (found.negative, found.positive, found.scale) == (negative, positive, scale)


@pytest.mark.parametrize("column", ["NPS", "nps_score", "How likely are you to recommend us?"])
def test_how_likely_somebody_is_to_recommend_is_no_rating_of_ten_stars(column):
    found = suggest_mapping(column, dict.fromkeys(map(str, range(11)), 50))
    assert (found.negative, found.positive) == (tuple("0123456"), ("9", "10"))
    assert suggest_mapping(column, dict.fromkeys("12345", 50)).positive == ("4", "5")
    assert suggest_mapping("score", dict.fromkeys(map(str, range(11)), 50)).left_out == ("0", "5", "6")


def test_stars_are_out_of_the_number_that_a_value_names():
    found = suggest_mapping("grade", {"2/10": 50, "4/5": 50})
    assert (found.stars("2/10"), found.stars("4 out of 5"), found.stars("80%")) == (2, 8, 8)


@pytest.mark.parametrize("stray", ["19", "oops", "11.5", "-4"])
def test_one_stray_value_in_a_hundred_is_left_out(stray):
    found = suggest_mapping("grade", {"1": 50, "2": 49, "4": 50, "5": 50, stray: 1})
    assert (found.negative, found.positive, found.scale) == (("1", "2"), ("4", "5"), 5)
    assert stray in found.left_out
    with pytest.raises(DataError, match="negative and which positive"):
        suggest_mapping("grade", {"1": 50, "2": 39, "4": 50, "5": 50, stray: 10})


def test_a_rare_star_is_no_slip_of_the_pen():
    assert suggest_mapping("grade", {"1": 1, "2": 2, "4": 500, "5": 900}).negative == ("1", "2")


def test_the_question_names_the_column_and_the_flag_that_answers_it():
    with pytest.raises(DataError, match=r'column "grade".*--label-mapping .*"negative": \["a"\], "positive": \["b"\]'):
        suggest_mapping("grade", {"a": 50, "b": 50})


@pytest.mark.parametrize(
    ("values", "label"), [(["1"], 1), (["0"], 0), (["positive"], 1), (["bad"], 0), (["4", "5"], 1), (["5/5"], 1)]
)
def test_one_class_is_enough_to_measure(values, label):
    found = suggest_mapping("grade", dict.fromkeys(values, 50), one_class=True)
    assert {found.label(value) for value in values} == {label}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("is_negative", ["0", "1"]),
        ("complaint", ["yes", "no"]),
        ("Problem reported", ["TRUE", "FALSE"]),
        ("Schulnote", ["1", "2", "3", "4", "5"]),
        ("Schulnote", ["1,3", "2,0", "4,0", "5,0"]),
    ],
)
def test_a_column_whose_name_reverses_its_values_is_asked_about(column, values):
    counts = dict.fromkeys(map(normalised, values), 50)
    last, first = max(counts), min(counts)
    answer = f'"negative": ["{last}"], "positive": ["{first}"]'
    for one_class in (False, True):
        with pytest.raises(DataError) as caught:
            suggest_mapping(column, counts, one_class=one_class)
        assert answer in str(caught.value)


def test_a_number_that_its_words_contradict_is_not_taken_for_stars():
    with pytest.raises(DataError, match="very bad"):
        suggest_mapping("rating", dict.fromkeys(map(normalised, ["5 - very bad", "3 - so so", "1 - very good"]), 50))
