"""Each page opens in a browser: by its URL, on a new server, in light and dark, on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.waiting import until

PAGES = {
    "review": "/",
    "table": "/table",
    "train": "/train",
    "monitor": "/monitor",
    "models": "/models",
    "compare": "/compare",
    "endpoints": "/endpoints",
    "transform": "/transform",
    "running": "/running",
}
TELEPHONE = {"width": 390, "height": 844}
LOW_CONTRAST = Path(__file__).with_name("low_contrast.js")
TITLES = (
    "Score a review",
    "Score a table",
    "Train a model",
    "Monitor",
    "Models",
    "Compare models",
    "Endpoints",
    "Score a big table",
    "Running on AWS",
)


def luminance_of_background(page):
    """Return the mean of red, green and blue, 0 to 255, of the page's background."""
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


def expect_whole_page(page):
    """Check that the page has drawn a heading and its navigation, and no exception."""
    expect(page.locator("h1").first).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(TITLES))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("name", ["review", "train", "running"])
def test_page_opens_through_its_address_on_a_fresh_server(start_server, page, settle, problems, name):
    asked = f"{start_server().url}{PAGES[name]}?kept=yes"
    page.goto(asked)
    settle(page)
    expect_whole_page(page)
    assert page.url == asked
    for title in TITLES:
        expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)).to_be_visible()
    # Logged once, before the page is loaded again: see navigation.reload_if_unknown.
    problems[:] = [problem for problem in problems if "does not seem to exist" not in problem]


@pytest.mark.parametrize("name", PAGES)
def test_page_follows_the_theme_can_be_read_by_everyone_and_fits_a_telephone(
    server, page, settle, screenshot, violations, expect_no_overflow, name
):
    page.goto(server.url + PAGES[name])
    settle(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        until(lambda light=theme == "light": (luminance_of_background(page) > 128) == light)
        expect_whole_page(page)
        screenshot(page, f"{name}-{theme}")
        # Colours fade from one theme into the other.
        until(lambda: not page.evaluate(LOW_CONTRAST.read_text()), seconds=60)
    page.set_viewport_size(TELEPHONE)
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    screenshot(page, f"{name}-narrow")
    expect_no_overflow(page)
    assert violations(page) == {}


def test_sidebar_names_the_model_in_use_and_its_device(server, page, settle):
    def said():
        page.goto(server.url)
        settle(page)
        return page.get_by_test_id("stSidebar").inner_text()

    # A page names the device if the model had been loaded when it was drawn.
    label = re.compile(r"Reviews of anything \(shipped\) · 0\.\d\d on new kinds of goods · (cpu|cuda|mps)")
    until(lambda: label.search(said()))
