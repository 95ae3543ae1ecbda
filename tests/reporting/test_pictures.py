import altair as alt
import pandas as pd
import pytest
import vl_convert

from sentiment.display.chart_labels import LEGIBLE
from sentiment.reporting.pictures import Caption, png, svg

CAPTION = Caption("Share & <more>", "12 scored rows", "hotels.csv, scored by moods")


@pytest.fixture
def chart():
    return alt.Chart(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), height=300).mark_line().encode(x="a:Q", y="b:Q")


def test_a_picture_says_its_title_count_and_source(chart):
    drawing = svg(chart, CAPTION)
    assert drawing.startswith("<svg")
    for words in ("Share &amp; &lt;more&gt;", "12 scored rows", "hotels.csv, scored by moods"):
        assert words in drawing


def test_percent_is_written_as_in_the_text():
    axis = alt.Axis(format="%", values=[0, 0.5])
    shares = alt.Chart(pd.DataFrame({"a": [0, 0.5]}), height=300).mark_point().encode(x=alt.X("a:Q", axis=axis))
    assert ">50\N{NO-BREAK SPACE}%<" in svg(shares, CAPTION)
    assert ">50\N{NO-BREAK SPACE}%<" in vl_convert.vegalite_to_svg(shares.properties(config=LEGIBLE).to_dict())


def test_a_png_is_wide_enough_to_print(chart):
    picture = png(chart, CAPTION)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) > 1_200


def test_data_that_would_have_to_be_fetched_is_refused():
    elsewhere = alt.Chart("http://127.0.0.1:9/data.csv", height=300).mark_line().encode(x="a:Q", y="b:Q")
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        svg(elsewhere, CAPTION)
