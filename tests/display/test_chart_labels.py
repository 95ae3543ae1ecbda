"""Labels of charts: long names are shown whole, on several lines."""

import altair as alt
import pandas as pd
import vl_convert

from sentiment.display import chart_labels

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
