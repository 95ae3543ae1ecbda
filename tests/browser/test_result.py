"""The result page in a browser: each question about a table of hotel reviews, from upload to answer, then its stars."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.support.hotel_reviews import DAMP_HOTEL, stays, write_table

DONE_MILLISECONDS = 240_000
_CLICK_MILLISECONDS = 20_000
_MOST_CLICKS = 5


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("tables") / "hotels.csv", stays()).read_bytes()


@pytest.fixture(scope="module")
def scored(server, table):
    """Open the result of the table, which is uploaded and scored with the shipped model the first time."""
    addresses = []

    def open_result(page):
        if addresses:
            page.goto(addresses[0])
        else:
            upload(page, server, table)
        expect(page.get_by_role("heading", name="hotels.csv", level=1)).to_be_visible(timeout=DONE_MILLISECONDS)
        expect(page.get_by_role("heading", name="Against the labels")).to_be_visible(timeout=DONE_MILLISECONDS)
        expect(page.get_by_text(re.compile("no theme"))).to_be_visible(timeout=DONE_MILLISECONDS)
        addresses.append(page.url)

    return open_result


def upload(page, server, table):
    page.goto(f"{server.url}/")
    expect(page.get_by_role("heading", name="Score a review", level=1)).to_be_visible(timeout=DONE_MILLISECONDS)
    page.goto(f"{server.url}/table")
    expect(page.get_by_test_id("stFileUploader")).to_be_visible(timeout=DONE_MILLISECONDS)
    file = {"name": "hotels.csv", "mimeType": "text/csv", "buffer": table}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Score 3,000 rows").click(timeout=DONE_MILLISECONDS)


def test_each_question_from_upload_to_answer(scored, page, screenshot):
    scored(page)
    expect(page).to_have_url(re.compile(r"/result\?job=hotels"))
    expect(page.get_by_text(re.compile(r"negative among 2,9\d\d scored rows"))).to_be_visible(timeout=DONE_MILLISECONDS)
    expect(page.get_by_text(re.compile(f"{DAMP_HOTEL}.*: worse than the rest"))).to_be_visible()
    expect(page.get_by_text(re.compile("before 1 May 2025"))).to_be_visible()
    screenshot(page, "result")
    offer = page.get_by_role("button", name="Fine-tune on your stars")
    offer.click()
    expect(page.get_by_text("You can leave this page")).to_be_visible(timeout=DONE_MILLISECONDS)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(offer).to_be_visible(timeout=DONE_MILLISECONDS)


def tick(page, table, row, shown):
    """Select a row, from 0, of the table of that number, whose cells are drawn on a canvas, so that `shown` appears.

    A click may miss its row while the page is still being drawn; it is repeated.
    """
    found = page.get_by_test_id("stDataFrame").nth(table)
    for _ in range(_MOST_CLICKS):
        found.scroll_into_view_if_needed()
        corner = found.bounding_box()
        page.mouse.click(corner["x"] + 18, corner["y"] + 35 * (row + 1.5))
        with contextlib.suppress(AssertionError):
            return expect(shown).to_be_visible(timeout=_CLICK_MILLISECONDS)
    raise AssertionError(f"Row {row} of table {table} cannot be selected.")


def test_what_is_clicked_filters_the_page_and_a_link_shows_a_colleague_the_same(scored, page, new_page, settle):
    def rows_of(words):
        return page.get_by_text(re.compile(f"of 3,000 rows · {words}")).first

    def back():
        page.go_back()
        expect(page.get_by_text("All 3,000 rows.")).to_be_visible()
        settle(page)

    scored(page)
    show = page.get_by_role("button", name=re.compile(r"Show \d+ rows")).first
    tick(page, table=0, row=0, shown=show)
    expect(page.locator("mark").first).to_be_visible()  # the quotes above the button, which move it as they are drawn
    settle(page)
    show.click()
    expect(rows_of("“smelled of damp”")).to_be_visible()
    for mark, words in {
        "[aria-label^='cleanliness: other']": "theme cleanliness",
        "[aria-label*='May 2025'][aria-roledescription=point]": "date: 1 May 2025 to 31 May 2025",
        "[aria-label^='labelled positive, predicted negative']": "labelled positive",
    }.items():
        back()
        page.locator(mark).click()
        expect(rows_of(words)).to_be_visible()
    colleague = new_page()
    colleague.goto(page.url)
    expect(colleague.get_by_text(rows_of("labelled positive").inner_text()).first).to_be_visible()


def test_rows_are_read_and_judged_by_keys(scored, page, screenshot):
    scored(page)
    tick(page, table=3, row=0, shown=page.get_by_text("· 1 of 1,000"))
    for key, label in (("1", "positive"), ("2", "negative"), ("3", "mixed")):
        page.keyboard.press(key)
        expect(page.get_by_text(f"Saved as feedback: {label}.")).to_be_visible()
    screenshot(page, "result-row")
    page.keyboard.press("n")
    expect(page.get_by_text("· 2 of 1,000")).to_be_visible()
    expect(page.get_by_text("Saved as feedback")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.get_by_text("· 1 of 1,000")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Train on [1-3] correction"))).to_be_visible()


@pytest.mark.parametrize(("theme", "narrow"), [("dark", False), ("light", True)])
def test_it_can_be_read_by_everyone(scored, new_page, screenshot, violations, theme, narrow):
    page = new_page(theme=theme, narrow=narrow)
    scored(page)
    screenshot(page, f"result-{theme}{'-narrow' if narrow else ''}")
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= page.viewport_size["width"]
    # The grid of 1,000 rows: they are taller where reviews are narrow, once the browser has reported its width.
    grid = page.get_by_test_id("stDataFrame").nth(3).locator(".dvn-scroll-inner")
    expect(grid).to_have_css("height", re.compile(r"11\d{4}px" if narrow else r"70\d{3}px"))
    assert violations(page) == {}
