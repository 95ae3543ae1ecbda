"""The result page in a browser: each question about a table of hotel reviews, from upload to answer, then its stars."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.support.hotel_reviews import DAMP_HOTEL, stays, write_table

DONE_MILLISECONDS = 240_000
# Of the list of pages, as Streamlit draws it.
NOT_OURS = {"list", "listitem"}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("tables") / "hotels.csv", stays()).read_bytes()


@pytest.fixture
def scored(server, table):
    """Upload the table and score it with the shipped model; the same upload again shows the result at once."""

    def open_result(page):
        page.goto(f"{server.url}/")
        expect(page.get_by_role("heading", name="Score a review", level=1)).to_be_visible(timeout=DONE_MILLISECONDS)
        page.goto(f"{server.url}/table")
        expect(page.get_by_test_id("stFileUploader")).to_be_visible(timeout=DONE_MILLISECONDS)
        file = {"name": "hotels.csv", "mimeType": "text/csv", "buffer": table}
        page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
        button = page.get_by_role("button", name="Score 3,000 rows")
        heading = page.get_by_role("heading", name="hotels.csv", level=1)
        expect(button.or_(heading)).to_be_visible(timeout=DONE_MILLISECONDS)
        if not heading.is_visible():
            button.click()
        expect(heading).to_be_visible(timeout=DONE_MILLISECONDS)
        expect(page.get_by_role("heading", name="Against the labels")).to_be_visible(timeout=DONE_MILLISECONDS)
        expect(page.get_by_text(re.compile("no theme"))).to_be_visible(timeout=DONE_MILLISECONDS)

    return open_result


def findings(page):
    """What axe-core finds on the page, by rule, with the first element of each."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return {one["id"]: one["nodes"][0]["html"][:200] for one in found if one["id"] not in NOT_OURS}


def test_each_question_from_upload_to_answer(scored, page, screenshot):
    scored(page)
    expect(page).to_have_url(re.compile(r"/result\?job=hotels"))
    expect(page.get_by_text(re.compile(r"negative among 2,9\d\d scored rows"))).to_be_visible(timeout=DONE_MILLISECONDS)
    expect(page.get_by_text(re.compile(f"{DAMP_HOTEL}.*: worse than the rest"))).to_be_visible()
    expect(page.get_by_text(re.compile("before 1 May 2025"))).to_be_visible()
    screenshot(page, "result")
    offer = page.get_by_role("button", name="Fine-tune on your stars")
    offer.click()
    expect(page.get_by_text("You may leave this page")).to_be_visible(timeout=DONE_MILLISECONDS)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(offer).to_be_visible(timeout=DONE_MILLISECONDS)


@pytest.mark.parametrize(("theme", "narrow"), [("dark", False), ("light", True)])
def test_it_can_be_read_by_everyone(scored, new_page, screenshot, theme, narrow):
    page = new_page(theme=theme, narrow=narrow)
    scored(page)
    screenshot(page, f"result-{theme}{'-narrow' if narrow else ''}")
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= page.viewport_size["width"]
    assert findings(page) == {}
