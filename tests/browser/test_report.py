"""The report in a real Chromium without a network: it makes no request, fits the window, and prints on A4."""

import io
import re
from datetime import date

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from sentiment.answers.facts import TableFacts
from sentiment.reporting.document import write_report
from sentiment.reporting.findings import Source, gather
from tests.support.hotel_reviews import scored_stays, stays

A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    facts = TableFacts(scored_stays(folder, stays()))
    write_report(
        gather(facts, Source("hotels.csv", "moods", "0" * 64, (0.4, 0.6)), date(2025, 12, 31)), folder / "r.html"
    )
    return folder / "r.html"


@pytest.fixture
def opened(chromium, report):
    """Return the report in a window of 390 pixels without a network, and the addresses that it requested."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    yield page, asked
    assert said == []
    context.close()


def test_it_opens_without_a_network_and_asks_for_nothing(opened, report, screenshot):
    page, asked = opened
    expect(page.get_by_role("heading", level=1)).to_have_text("Reviews in hotels.csv")
    expect(page.get_by_role("img").first).to_be_visible()
    expect(page.get_by_text("smelled of damp").first).to_be_visible()
    assert asked == [report.as_uri()]
    screenshot(page, "report-narrow")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_it_fits_the_window(opened, width, screenshot):
    page, _ = opened
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"report-{width}")


def test_it_prints_on_a4(opened):
    page, _ = opened
    printed = page.pdf(prefer_css_page_size=True)
    boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[([\d. ]+)\]", printed)}
    assert {tuple(round(side) for side in box[2:]) for box in boxes} == {A4}


def test_no_heading_is_printed_alone_at_the_foot_of_a_page(opened):
    """Prints on sheets of many heights, so that every part comes to the foot of some page."""
    page, _ = opened
    headings = set(page.locator("h2, h3, h4").all_inner_texts())
    printed = [
        sheet.extract_text().strip().splitlines()
        for height in range(420, 1_120, 80)
        for sheet in PdfReader(io.BytesIO(page.pdf(width="794px", height=f"{height}px"))).pages
    ]
    assert headings <= {line.strip() for lines in printed for line in lines}
    assert not headings & {lines[-1].strip() for lines in printed if lines}
