"""Report cards as a table."""

from dataclasses import replace

import pytest

from sentiment.display import report_table
from sentiment.model import bundle
from sentiment.system.storage import SHIPPED_BUNDLE

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def shipped():
    return bundle.describe(SHIPPED_BUNDLE)


@pytest.fixture
def tiny(tiny_bundle):
    return bundle.describe(tiny_bundle)


def with_report(card, **changes):
    return replace(card, report={**card.report, **changes})


def without(card, *names):
    return replace(card, report={name: value for name, value in card.report.items() if name not in names})


def with_data(card, **changes):
    return replace(card, config=replace(card.config, data={**card.config.data, **changes}))


def test_the_test_part_comes_before_the_validation_part(shipped, tiny):
    assert report_table.measured(shipped) == ("test", shipped.report["test"])
    assert report_table.measured(tiny) == ("validation", tiny.report["validation"])
    assert report_table.measured(without(tiny, "validation")) is None


def test_a_column_has_the_figures_of_its_model(shipped, tiny):
    found = report_table.figures({"shipped": shipped, "tiny": tiny})
    values = shipped.report["test"]
    assert list(found) == ["shipped", "tiny"]
    assert found["shipped"]["Accuracy"] == f"{values['accuracy']:.1%}".replace("%", f"{SPACE}%")
    assert found["shipped"]["ECE"] == f"{values['ece']:.3f}"
    assert found["shipped"]["Judged on"] == f"{values['reviews']:,} reviews of the test part of IMDb"
    assert found["tiny"]["Judged on"].endswith("of the validation part of miniature")
    assert found["shipped"]["On kinds of goods held out"].endswith("tables")
    assert found["tiny"]["On kinds of goods held out"] == "not measured"
    assert found["tiny"]["Reads"].startswith("60 tokens at most")
    assert found["tiny"]["Fingerprint"] == tiny.fingerprint[:12]
    assert " reviews/s (cpu, " in found["tiny"]["Speed"]
    assert found["tiny"]["Trained on"].endswith("reviews of miniature")
    assert ", and unlabelled ones with a teacher's labels" in found["shipped"]["Trained on"]


def test_an_accuracy_has_the_name_of_what_it_was_measured_on(shipped, tiny):
    assert report_table.accuracy_in_words(shipped).endswith("on 12,500 reviews of IMDb")
    assert report_table.accuracy_in_words(tiny).endswith("reviews of miniature")
    assert report_table.accuracy_in_words(without(tiny, "validation")) == ""


def test_a_model_that_was_judged_on_few_reviews_is_not_compared(shipped, tiny):
    few = with_report(tiny, validation={**tiny.report["validation"], "reviews": 28})
    found = report_table.figures({"few": few})["few"]
    assert report_table.accuracy_in_words(few) == found["Judged on"] == "28 reviews: not comparable"
    assert found["Accuracy"] == found["ECE"] == found["Stars"] == "not comparable"
    assert list(report_table.comparable({"few": few, "shipped": shipped})) == ["shipped"]
    assert "few: judged on 28 reviews: not comparable by accuracy; at least 200 are needed." in report_table.cautions(
        {"few": few}
    )


def test_the_kinds_that_a_model_has_learnt_are_counted_with_what_they_were_before(shipped, tiny):
    judged = {"balanced_accuracy": 0.9, "kinds": {"shoes__web": {"reviews": 400, "balanced_accuracy": 0.88}}}
    judged["kinds"]["inns"] = {"reviews": 28, "balanced_accuracy": 0.8}
    card = with_report(
        with_data(tiny, kinds={"inns": 30, "shoes__web": 500, "films": 900}), kinds={"never_met": judged}
    )
    assert report_table.kinds(card).values.tolist() == [
        ["films", 900, ""],
        ["shoes: web", 500, f"88.0{SPACE}%"],
        ["inns", 30, "28 reviews: not comparable"],
    ]
    assert report_table.kinds(tiny).empty
    assert report_table.kinds(shipped)["training reviews"].sum() > 100_000


def test_the_day_of_training_is_reported_when_the_card_has_it(tiny):
    found = report_table.figures(
        {"new": with_report(tiny, finished="2026-03-04T23:30:00+00:00"), "old": without(tiny, "finished")}
    )
    assert found.loc["Trained"].tolist() == ["4 March 2026", "date not recorded"]


def test_what_was_not_measured_is_said(tiny):
    bare = without(tiny, "validation", "speed", "sizes", "finished")
    found = report_table.figures({"bare": bare, "tiny": tiny})["bare"]
    assert found["Accuracy"] == found["Speed"] == found["Size"] == "not measured"


def test_every_model_has_every_figure_in_the_same_order(tiny):
    bare = without(tiny, "validation", "speed", "sizes", "finished")
    found = report_table.figures({"bare": bare, "tiny": tiny})
    assert not found.isna().any(axis=None)
    assert list(found.index) == list(report_table.figures({"tiny": tiny}).index)


def test_figures_from_different_reviews_are_cautioned_about(shipped, tiny):
    said = report_table.cautions({"shipped": shipped, "tiny": tiny})
    assert any("judged on different reviews" in sentence for sentence in said)
    assert any(sentence.startswith("tiny: judged on the validation part") for sentence in said)


def test_two_models_judged_on_the_same_test_part_need_no_caution(shipped):
    assert report_table.cautions({"one": shipped, "other": shipped}) == []
    assert report_table.cautions({"one": shipped, "other": with_data(shipped, digest="another")})


def test_validation_parts_of_other_seeds_are_other_reviews(tiny):
    other = replace(tiny, config=replace(tiny.config, training={**tiny.config.training, "seed": 99}))
    assert len(report_table.cautions({"one": tiny, "other": other})) == 2
    assert len(report_table.cautions({"one": tiny, "other": tiny})) == 1


TESTS = {
    "cases": 30,
    "passed": 24,
    "share": 0.8,
    "kinds": {},
    "capabilities": {
        "negation": {
            "cases": 20,
            "passed": 14,
            "share": 0.7,
            "templates": {},
            "failures": [
                {"template": "t", "review": "It is not good.", "probability": 0.91, "expected": "negative"},
                {
                    "template": "t",
                    "review": "Good.",
                    "probability": 0.9,
                    "changed": "Gud.",
                    "changed_probability": None,
                    "expected": "unchanged",
                },
            ],
        },
        "names": {"cases": 10, "passed": 10, "share": 1.0, "templates": {}, "failures": []},
    },
}


def test_behaviour_stands_by_capability_and_the_untested_are_named(tiny):
    cards = {"new": with_report(tiny, behaviour=TESTS), "old": without(tiny, "behaviour")}
    found = report_table.behaviour(cards)
    assert list(found) == ["new"]
    assert found["new"].to_dict() == {
        "negation": f"70{SPACE}% (14 of 20)",
        "names": f"100{SPACE}% (10 of 10)",
        "all": f"80{SPACE}% (24 of 30)",
    }
    assert report_table.untested(cards) == ["old"]
    assert report_table.behaviour({"old": without(tiny, "behaviour")}).empty


def test_failures_show_what_was_expected_and_what_came(tiny):
    found = report_table.failures({"new": with_report(tiny, behaviour=TESTS), "old": without(tiny, "behaviour")})
    assert found[["capability", "model", "review", "expected", "got"]].values.tolist() == [
        ["negation", "new", "It is not good.", "negative", f"91{SPACE}% positive"],
        ["negation", "new", "Good. → Gud.", "unchanged", f"90{SPACE}% positive → unscored"],
    ]
