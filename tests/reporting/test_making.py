import pytest

from sentiment.errors import ConfigError
from sentiment.model import bundle
from sentiment.reporting import making
from sentiment.reporting.making import check_report, findings_of, source_of
from tests.reporting.conftest import SOURCE, THEMES


def test_a_report_is_html_and_no_folder(tmp_path):
    check_report(tmp_path / "report.html")
    with pytest.raises(ConfigError, match=r"must end in \.html"):
        check_report(tmp_path / "report.pdf")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(ConfigError, match="directory"):
        check_report(tmp_path / "folder.html")


def test_what_is_not_installed_is_said_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "_PACKAGES", ("altair", "no_such_drawing"))
    with pytest.raises(ConfigError, match=r"no_such_drawing.*pip install"):
        check_report(tmp_path / "report.html")


def test_a_bundle_says_what_it_has_learnt(tiny_bundle):
    card = bundle.describe(tiny_bundle)
    source = source_of("r.csv", card.name, card.fingerprint, card)
    assert source.band == (card.config.calibration.low, card.config.calibration.high)
    assert "reviews of" in source.learnt_from


def test_of_a_model_elsewhere_little_is_known():
    source = source_of("r.csv", "endpoint", "1" * 64, None)
    assert (source.band, source.learnt_from) == (None, "")


def test_without_a_scorer_whole_reviews_judge_the_themes(hotels, tmp_path):
    steps = []
    found = findings_of(hotels, SOURCE, tmp_path / "none.npz", themes=THEMES, report=steps.append)
    assert not found.by_sentence
    assert found.themes.themes[0].name == "smell"
    assert steps == ["Comparing groups and periods", "Counting phrases"]
    assert not (tmp_path / "none.npz").exists()
