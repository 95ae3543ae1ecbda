"""The charts as Vega-Lite specifications: what is drawn, from which rows."""

import json
import math

import pytest

from sentiment.display.palette import SERIES
from sentiment.display.training_curves import LANGUAGE_TITLES, MAXIMUM_POINTS, smoothed, thinned, training_curves


def epoch(number, train=0.4, validation=0.5, accuracy=0.8):
    return {
        "epoch": number,
        "train_bce": train,
        "train_accuracy": accuracy,
        "validation_bce": validation,
        "validation_accuracy": accuracy - 0.05,
        "seconds": 1.0,
    }


ROWS = [epoch(1, 0.6, 0.5), epoch(2, 0.4, 0.3), epoch(3, 0.2, 0.4)]
STEPS = [{"step": 5, "of": 10, "train_bce": 0.69}]


def spec(runs, measure="bce", **options):
    return json.loads(training_curves(runs, measure, **options).to_json())


def values(layer, whole):
    rows = whole["datasets"][layer["data"]["name"]]
    return [{key: value for key, value in row.items() if key != "described"} for row in rows]


def layers(whole, mark):
    return [layer for layer in whole["layer"] if layer["mark"]["type"] == mark]


def test_train_and_validation_are_distinguished_by_line_style_and_jobs_by_colour():
    whole = spec({"a": ROWS, "b": ROWS})
    (line,) = layers(whole, "line")
    assert line["encoding"]["strokeDash"]["field"] == "split"
    assert line["encoding"]["color"]["scale"] == {"domain": ["a", "b"], "range": list(SERIES[:2])}
    drawn = {(row["run"], row["split"], row["epoch"], row["value"]) for row in values(line, whole)}
    assert ("b", "train", 1, 0.6) in drawn
    assert ("a", "validation", 2, 0.3) in drawn
    assert len(drawn) == 12


def test_the_best_epoch_is_marked_on_the_validation_line():
    for measure, value in (("bce", 0.3), ("accuracy", 0.75)):
        whole = spec({"a": ROWS}, measure)
        (dot,) = layers(whole, "point")
        assert values(dot, whole) == [{"run": "a", "epoch": 2, "value": pytest.approx(value)}]


def test_smoothing_keeps_the_raw_line_faint():
    whole = spec({"a": ROWS}, smoothing=0.5)
    raw, smooth = layers(whole, "line")
    assert raw["mark"]["opacity"] < 0.5
    assert [row["value"] for row in values(raw, whole)][:3] == [0.6, 0.4, 0.2]
    assert [row["value"] for row in values(smooth, whole)][:3] == pytest.approx(smoothed([0.6, 0.4, 0.2], 0.5))


def test_steps_are_a_faint_line_of_the_bce_chart_at_their_place_between_epochs():
    whole = spec({"a": [*ROWS[:1], *STEPS]})
    faint = layers(whole, "line")[0]
    assert values(faint, whole) == [{"run": "a", "split": "train", "epoch": 1.5, "value": 0.69}]
    assert len(layers(spec({"a": [*ROWS[:1], *STEPS]}, "accuracy"), "line")) == 1


def test_both_charts_have_the_same_epoch_axis():
    runs = {"a": [*ROWS, *STEPS], "b": ROWS[:1]}
    domains = [
        layer["encoding"]["x"]["scale"]["domain"]
        for measure in ("bce", "accuracy")
        for layer in spec(runs, measure)["layer"]
    ]
    assert all(domain == [0.0, 3.5] for domain in domains)


def test_the_readout_has_every_line_at_each_epoch():
    whole = spec({"a": ROWS, "b": ROWS[:2]})
    rule = next(layer for layer in layers(whole, "rule") if "tooltip" in layer["encoding"])
    titles = [tip["title"] for tip in rule["encoding"]["tooltip"]]
    assert titles == ["epoch", "a train", "a validation", "b train", "b validation"]
    assert values(rule, whole)[1] == {"epoch": 2, "line0": 0.4, "line1": 0.3, "line2": 0.4, "line3": 0.3}
    assert whole["params"][0]["select"]["nearest"] is True


def test_the_logarithmic_axis_is_for_bce_only():
    def scales(measure):
        (line,) = layers(spec({"a": ROWS}, measure, log=True), "line")
        return line["encoding"]["y"]["scale"]["type"]

    assert (scales("bce"), scales("accuracy")) == ("log", "linear")


def test_a_loss_that_is_no_number_is_left_out_and_a_job_without_rows_draws_nothing():
    whole = spec({"a": [ROWS[0], epoch(2, math.nan, math.nan)], "b": []})
    (line,) = layers(whole, "line")
    assert {(row["run"], row["epoch"]) for row in values(line, whole)} == {("a", 1)}
    assert spec({})["layer"]


def test_no_series_has_more_points_than_a_browser_draws_well():
    steps = [{"step": n, "of": 50_000, "train_bce": 0.5 + (n == 31_234)} for n in range(50_000)]
    whole = spec({"a": steps})
    drawn = values(layers(whole, "line")[0], whole)
    assert len(drawn) <= MAXIMUM_POINTS
    assert max(row["value"] for row in drawn) == 1.5


def test_thinned_points_stay_in_order_and_few_points_stay_as_they_are():
    points = [(float(n), float((n * 7919) % 101)) for n in range(5001)]
    kept = thinned(points, 200)
    assert kept == sorted(kept)
    assert len(kept) <= 200
    assert thinned(points[:150], 200) == points[:150]


def test_smoothing_is_debiased():
    assert smoothed([0.7, 0.7, 0.7], 0.9) == pytest.approx([0.7, 0.7, 0.7])
    assert smoothed([1.0, 0.0], 0.5) == pytest.approx([1.0, 1 / 3])


def test_the_axes_of_a_language_model_say_what_they_measure():
    for measure, title in LANGUAGE_TITLES.items():
        (line, *_) = layers(spec({"words": ROWS}, measure, titles=LANGUAGE_TITLES), "line")
        assert line["encoding"]["y"]["title"] == title
