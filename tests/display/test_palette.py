"""Colours that are visible on both backgrounds and distinguishable without red and green."""

import tomllib

import pytest

from sentiment.display import palette
from sentiment.system import storage


def luminance(colour):
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", palette.SERIES)
def test_every_colour_stands_out_from_the_background(theme, colour):
    settings = tomllib.loads((storage.PROJECT / ".streamlit" / "config.toml").read_text())
    assert contrast(colour, settings["theme"][theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize(("theme", "text"), [("light", palette.TEXT_ON_LIGHT), ("dark", palette.TEXT_ON_DARK)])
def test_text_in_charts_is_legible_on_the_background_and_on_the_uncertain_band(theme, text):
    settings = tomllib.loads((storage.PROJECT / ".streamlit" / "config.toml").read_text())["theme"][theme]
    assert text == settings["grayTextColor"]
    background = settings["backgroundColor"]
    band = "#" + "".join(
        f"{round(0.18 * int(palette.UNCERTAIN[at : at + 2], 16) + 0.82 * int(background[at : at + 2], 16)):02x}"
        for at in (1, 3, 5)
    )
    assert contrast(text, background) >= 4.5
    assert contrast(text, band) >= 4.5


def test_no_two_series_have_one_colour():
    assert len(set(palette.SERIES)) == len(palette.SERIES)
