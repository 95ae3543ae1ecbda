"""The charts of one review, as specifications."""

import pytest

from sentiment.display import palette
from sentiment.display.review_charts import largest_turn, probability_meter, reading_trace
from sentiment.explanation.effects import Step

TEXT = "The plot is wonderful, the jokes are flat."
STEPS = [Step(1, 3, 0.5), Step(2, 8, 0.55), Step(4, 21, 0.95), Step(9, 42, 0.7)]


def layers(chart, mark):
    spec = chart.to_dict()
    found = [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]
    return [(layer, spec["datasets"][layer["data"]["name"]]) for layer in found]


@pytest.mark.parametrize(
    ("probability", "colour"), [(0.96, palette.POSITIVE), (0.05, palette.NEGATIVE), (0.5, palette.UNCERTAIN)]
)
def test_the_meter_has_a_dot_at_the_probability_in_the_colour_of_the_verdict(probability, colour):
    ((dot, rows),) = layers(probability_meter(probability, 0.4, 0.6), "point")
    assert [row["at"] for row in rows] == [probability]
    assert dot["encoding"]["color"]["value"] == colour


def test_the_meter_shades_and_names_the_uncertain_band():
    meter = probability_meter(0.9, 0.3, 0.7)
    ((_, band),) = layers(meter, "rect")
    assert band == [{"low": 0.3, "high": 0.7}]
    ((_, names),) = layers(meter, "text")
    assert [(row["name"], row["at"]) for row in names] == [
        ("negative", 0.15),
        ("uncertain", 0.5),
        ("positive", 0.85),
    ]


def test_the_trace_is_a_line_over_the_tokens_read_and_ends_in_a_dot():
    trace = reading_trace(TEXT, STEPS, 0.4, 0.6)
    ((line, rows),) = layers(trace, "line")
    assert [(row["tokens"], row["probability"]) for row in rows] == [(1, 0.5), (2, 0.55), (4, 0.95), (9, 0.7)]
    assert line["encoding"]["y"]["scale"]["domain"] == [0, 1]
    ((_, dot),) = layers(trace, "point")
    assert [row["tokens"] for row in dot] == [9]
    ((_, band),) = layers(trace, "rect")
    assert band == [{"low": 0.4, "high": 0.6}]


def test_pointing_at_the_trace_reads_out_the_words_just_read():
    ((rule, rows),) = layers(reading_trace(TEXT * 3, STEPS, 0.4, 0.6), "rule")
    assert rows[2]["read"] == "The plot is wonderful"
    assert {tip["field"] for tip in rule["encoding"]["tooltip"]} == {"probability", "read", "tokens"}
    ((_, rows),) = layers(reading_trace(TEXT * 3, [Step(20, 100, 0.5)], 0.4, 0.6), "rule")
    assert rows[0]["read"].startswith("… ")


def test_the_largest_turn_is_between_neighbours():
    assert largest_turn(STEPS) == (STEPS[1], STEPS[2])
    assert largest_turn(STEPS[:1]) is None
