"""Labels of charts: long names are shown whole, on several lines."""

import altair as alt
import pandas as pd
import pytest
import vl_convert

from sentiment.display import chart_labels, palette

LONG = 'Hotels of the Amalfi coast, "winter" season 2025 </script> with a word-that-is-as-long-as-three'


def test_a_name_is_broken_into_lines_that_hold_all_of_it():
    found = chart_labels.lines(LONG)
    assert max(map(len, found)) <= chart_labels.LINE_CHARACTERS
    assert "".join(found).replace(" ", "") == LONG.replace(" ", "")
    assert chart_labels.lines("short") == ["short"]
    assert chart_labels.lines("") == [""]
    assert chart_labels.height([LONG, "short"]) == len(found) * chart_labels.LINE_HEIGHT


def test_a_drawing_shows_every_line():
    names = [LONG, "it's short"]
    axis = alt.Axis(labelExpr=chart_labels.expression(names), labelLimit=0)
    chart = alt.Chart(pd.DataFrame({"name": names})).mark_point().encode(y=alt.Y("name:N", axis=axis))
    drawn = vl_convert.vegalite_to_svg(chart.to_json())
    assert drawn.count("<tspan") >= len(chart_labels.lines(LONG))
    assert "it's short" in drawn


@pytest.mark.parametrize(
    ("background", "colour"),
    [(None, palette.TEXT_ON_LIGHT), ("#ffffff", palette.TEXT_ON_LIGHT), ("#14181d", palette.TEXT_ON_DARK)],
)
def test_text_follows_the_background(background, colour):
    frame = pd.DataFrame({"name": ["one"]})
    layer = alt.Chart(frame).mark_text(color=chart_labels.TEXT).encode(y="name:N", text="name:N")
    chart = alt.LayerChart(layer=[layer], config=chart_labels.LEGIBLE)
    drawn = vl_convert.vegalite_to_svg(chart.to_json(), config={"background": background} if background else None)
    assert drawn.count(f'fill="{colour}"') == 3  # the axis's label and title, and the mark


def test_counts_have_ticks_at_whole_numbers_only():
    assert chart_labels.count_axis(1).to_dict()["values"] == [0, 1]
    assert chart_labels.count_axis(3.0).to_dict()["values"] == [0, 1, 2, 3]
    assert "values" not in chart_labels.count_axis(5_000).to_dict()
