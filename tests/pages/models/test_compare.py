"""The compare page without a browser: real bundles, real tables."""

import os
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import ui
from sentiment.model import bundle
from sentiment.system import storage
from tests.support.miniature import reviews

PAGE = "pages/models/compare.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("SENTIMENT_HOME", str(home))
    return home


@pytest.fixture
def tiny(home, tiny_bundle):
    """Create a second model, as left by a run."""
    return copy_of(tiny_bundle, home, "tiny")


def copy_of(directory, home, name):
    return shutil.copytree(directory, home / "runs" / name / "model")


def opened():
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=120).run()
    return checked(app.switch_page(PAGE).run())


def checked(app):
    assert not app.exception
    return app


def words(app):
    said = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(element.value for element in said).replace("\\", "")


def figures(app):
    """Return the report cards, one column per model."""
    return app.table[0].value.set_index("figure")


def upload(app, content, name="reviews.csv"):
    app.button_group(key="compared_source").set_value("Upload a table").run()
    return checked(app.file_uploader(key="compared_turn 0").upload(name, content, "text/csv").run())


def compare(app):
    return checked(next(one for one in app.button if one.label == "Compare on this table").click().run())


def table_of(count, seed=5, header="stars,review"):
    lines = [f'{stars},"{text}"' for text, _, stars in reviews(count, seed)]
    return "\n".join([header, *lines]).encode()


def test_with_one_model_its_card_is_shown_and_how_to_get_a_second():
    app = opened()
    assert "A comparison needs a second model" in words(app)
    assert [link.proto.label for link in app.main.get("page_link")] == ["Train a model"]
    assert list(figures(app)) == ["shipped"]
    assert "Models" not in [box.label for box in app.multiselect]
    asked = bundle.describe(storage.SHIPPED_BUNDLE).report["behaviour"]["capabilities"]
    assert [name for name in asked if f"**{name}**" not in words(app)] == []  # the title of each test is shown


def test_the_shipped_model_and_the_newest_are_chosen_at_first(home, tiny_bundle):
    for age, name in enumerate(("newest", "older")):
        directory = copy_of(tiny_bundle, home, name)
        os.utime(directory, (1_700_000_000 - age, 1_700_000_000 - age))
    app = opened()
    assert app.multiselect(key="compared_models").value == ["shipped", "newest"]
    assert list(figures(app)) == ["shipped", "newest"]
    assert "second model" not in words(app)


def test_cards_stand_side_by_side_with_pictures_and_cautions(tiny):
    app = opened()
    accuracy = bundle.describe(storage.SHIPPED_BUNDLE).report["test"]["accuracy"]
    assert figures(app)["shipped"]["Accuracy"].startswith(f"{100 * accuracy:.1f}".replace(".", "\\."))
    assert len(app.get("vega_lite_chart")) == 3 + 2  # accuracy, reliability, risk-coverage; a meter a model
    assert "judged on different reviews" in words(app)


def test_a_model_from_before_the_behaviour_tests_is_named(tiny):
    report = {name: value for name, value in bundle.describe(tiny).report.items() if name != "behaviour"}
    bundle.rewrite_report(bundle.describe(tiny), report)
    assert "tiny" in next(line for line in words(opened()).split("\n") if "before there were behaviour tests" in line)


def test_other_models_can_be_chosen_and_none(tiny):
    app = opened()
    app.multiselect(key="compared_models").set_value(["tiny"]).run()
    assert list(figures(checked(app))) == ["tiny"]
    app.multiselect(key="compared_models").set_value([]).run()
    assert "Choose one model or more" in words(checked(app))


def test_a_chosen_model_that_is_deleted_meanwhile_is_let_go(tiny):
    app = opened()
    shutil.rmtree(tiny)
    assert list(figures(checked(app.run()))) == ["shipped"]


def test_a_review_goes_through_every_model_with_its_time(tiny):
    app = opened()
    app.text_area(key="compared_review").set_value("A wonderful, moving film. I loved it, do see it.").run()
    said = words(checked(app)).split("\n")
    for name in ("shipped", "tiny"):
        line = next(line for line in said if line.startswith(f"**{name}** · "))
        assert line.endswith(" ms")
        assert float(line.split()[-2]) > 0
    assert sum(line.startswith(("Positive: ", "Uncertain: ", "Negative: ")) for line in said) == 2


def test_a_review_that_cannot_be_scored_is_said_so(tiny):
    app = opened()
    app.text_area(key="compared_review").set_value("").run()
    assert words(checked(app)).count("Unscored") == 2


def test_the_better_model_of_a_labelled_table_is_named_with_its_evidence(tiny):
    app = compare(upload(opened(), table_of(800)))
    accuracies = {metric.label: float(metric.value.split("\N{NO-BREAK SPACE}")[0]) for metric in app.metric}
    assert list(accuracies) == ["shipped", "tiny"]
    # The tiny one was trained on reviews of this kind, the shipped one on others.
    assert accuracies["tiny"] > accuracies["shipped"]
    said = words(app)
    assert "All 800 different reviews of the table." in said
    assert "of 800 reviews than shipped; that is not luck" in said
    assert "McNemar's exact test, p " in said
    assert "tiny: Nothing stands out" in said


def test_an_answer_is_kept_until_the_question_changes(tiny):
    app = compare(upload(opened(), table_of(60)))
    assert "right on" in words(app)
    app.multiselect(key="compared_models").set_value(["tiny"]).run()
    assert "right on" not in words(checked(app))


def test_an_answer_is_there_again_when_the_page_was_left(tiny):
    app = compare(upload(opened(), table_of(60)))
    app.switch_page("pages/train/monitor.py").run()
    app.switch_page(PAGE).run()
    assert "right on" in words(checked(app))


def test_few_labelled_reviews_do_not_compare_accuracies(tiny):
    app = compare(upload(opened(), table_of(60)))
    assert not app.metric
    assert "60 reviews: not comparable by accuracy; at least 200 are needed." in words(app)


def test_reviews_with_both_labels_are_reported(tiny):
    table = table_of(60) + "\n".join(["", '1,"Seen both ways."', '10,"Seen both ways."', ""]).encode()
    said = words(compare(upload(opened(), table)))
    assert "Which is right more often on the 60 that have a label?" in said
    assert "1 review left out: no label" in said


def test_a_table_without_labels_is_held_against_the_training_data(tiny):
    lines = ["comment"] + [f"zorp blick {n} quav the frell mip of it {n} vash and dren" for n in range(60)]
    app = compare(upload(opened(), "\n".join(lines).encode()))
    assert not app.metric
    said = next(line for line in words(app).split("\n") if line.startswith("tiny: "))
    assert "It does not know" in said
    assert "expect more errors" in said


def test_a_bundle_without_a_profile_says_so(tiny):
    report = {name: value for name, value in bundle.describe(tiny).report.items() if name != "data_profile"}
    bundle.rewrite_report(bundle.describe(tiny), report)
    app = compare(upload(opened(), table_of(60)))
    assert "tiny: Its report card does not describe its training data" in words(app)


def test_labels_that_cannot_be_used_are_reported_and_the_rest_goes_on(tiny):
    app = compare(upload(opened(), table_of(16)))
    assert "The labels cannot be used. Only 8 usable reviews are negative" in words(app)
    assert not app.metric
    assert "16 reviews are too few to tell" in words(app)


def test_a_model_is_not_praised_for_the_table_that_it_learnt_from(tiny, tmp_path):
    from sentiment.data import labelled

    path = tmp_path / "reviews.csv"
    path.write_bytes(table_of(240))
    values = bundle.describe(tiny).config.to_json()
    values["data"]["digest"] = labelled.load(path).digest
    storage.write_json(tiny / bundle.CONFIG, values)
    resign(tiny)
    app = compare(upload(opened(), path.read_bytes()))
    (warning,) = app.warning
    assert "tiny was trained on this table" in warning.value
    assert [metric.label for metric in app.metric] == ["shipped"]
    assert not any(f"{name} is right more often" in words(app) for name in ("tiny", "shipped"))


def resign(directory):
    """Update the digests of a bundle whose settings were changed."""
    report = {**bundle.describe(directory).report, **bundle._identity(directory)}
    storage.write_json(directory / bundle.REPORT, report)


def test_the_sample_table_is_offered(tiny):
    app = compare(opened())
    assert [metric.label for metric in app.metric] == ["shipped", "tiny"]


def test_a_file_that_is_no_table_is_reported_and_the_page_stands():
    app = upload(opened(), b"  \n\n")
    assert "is empty" in words(app)
    assert app.table


def test_no_more_models_than_are_kept_in_memory(tiny):
    assert opened().multiselect(key="compared_models").proto.max_selections == ui.KEPT_MODELS
