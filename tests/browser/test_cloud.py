"""The complete SageMaker workflow in a browser: from an upload to a public API, and to the deletion of everything.

SageMaker is that of the local cloud, which trains and serves for real.
"""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.support.miniature import reviews

REGION = "eu-west-1"
SMALL = {
    "Epochs": "1",
    "Vector epochs": "1",
    "Short sentences": "0",
    "Batch size": "16",
    "Learning rate": "0.01",
    "Embedding size": "8",
    "Hidden size": "6",
    "Phrases": "0",
    "Average": "0.9",
}
SLOW_MILLISECONDS = 240_000


@pytest.fixture
def dashboard(local_cloud, start_server, monkeypatch):
    """Return a new dashboard that uses the local cloud as AWS."""
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.2")
    return start_server()


@pytest.fixture
def looks(screenshot, expect_no_overflow):
    """Take screenshots of the page in light and dark mode and on a phone, where nothing may be cut off."""

    def look(page, name):
        wide = page.viewport_size
        page.set_viewport_size({"width": 1280, "height": 1600})  # a page scrolls within itself
        screenshot(page, f"cloud-{name}")
        page.emulate_media(color_scheme="dark")
        screenshot(page, f"cloud-{name}-dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 1600})
        expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
        screenshot(page, f"cloud-{name}-narrow")
        expect_no_overflow(page)
        page.set_viewport_size(wide)

    return look


def see(element):
    """Wait until it is visible: operations on AWS take a while."""
    expect(element).to_be_visible(timeout=SLOW_MILLISECONDS)


def table(count, seed, labelled=True):
    rows = [f'"{text}",{stars}' if labelled else f'"{text}"' for text, _, stars in reviews(count, seed)]
    return "\n".join(["review,stars" if labelled else "review", *rows]).encode()


def upload(page, name, content):
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(file)


def go(page, title):
    """Go to a page by the sidebar: the account is known to the session, not to the URL."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
    see(page.get_by_role("heading", name=title, level=1))


def press(page, name, shows):
    """Press a button until the page shows the result: Streamlit may drop a press while it redraws a page."""
    for _ in range(4):
        page.get_by_role("button", name=name, exact=True).click()
        try:
            expect(shows).to_be_visible(timeout=15_000)
            return
        except AssertionError:
            continue
    see(shows)


def connect(page):
    page.get_by_role("combobox", name="Region").fill(REGION)
    page.get_by_role("option", name=REGION).click()
    page.get_by_role("button", name="Connect").click()
    see(page.get_by_text(f"in account 123456789012, {REGION}"))


def start_training(page, settle):
    """Fill the form so that a tiny model is trained in seconds, and start it."""
    page.get_by_text("modern", exact=True).click()
    see(page.get_by_text("Keeps every word and reads in both directions"))
    page.get_by_test_id("stExpander").filter(has_text="Advanced").locator("summary").first.click()
    for label, value in SMALL.items():
        page.get_by_role("spinbutton", name=label, exact=True).fill(value)
    page.get_by_role("spinbutton", name="Average", exact=True).press("Tab")
    settle(page)
    name = page.get_by_role("textbox", name="Name")
    name.fill("tiny")  # last, since pending changes of other settings may change the suggested name
    name.press("Tab")
    settle(page)
    page.get_by_role("button", name="Start", exact=True).click()


def ask(url, key, review):
    headers = {"x-api-key": key, "content-type": "text/plain"}
    with urllib.request.urlopen(urllib.request.Request(url, review.encode(), headers), timeout=60) as answer:
        return json.load(answer)


def test_from_an_upload_to_a_public_api_and_to_nothing_left_of_it(dashboard, page, settle, looks):
    page.goto(dashboard.url)
    settle(page)
    go(page, "Running on AWS")
    see(page.get_by_text("Connect to your AWS account"))
    looks(page, "not-connected")
    connect(page)
    see(page.get_by_text("Nothing of this project exists"))
    see(page.get_by_test_id("stSidebar").get_by_role("link", name="Nothing on AWS"))
    looks(page, "nothing-running")

    go(page, "Train a model")
    page.get_by_text("Upload a table", exact=True).click()
    upload(page, "labelled.csv", table(200, seed=41))
    see(page.get_by_text(re.compile(r"\d+ negative reviews")))
    page.get_by_text("On SageMaker", exact=True).last.click()
    see(page.get_by_role("textbox", name="Role"))
    see(page.get_by_text("At most $"))
    looks(page, "train")
    start_training(page, settle)
    expect(page).to_have_url(re.compile(r"/monitor\?run=tiny"))
    see(page.get_by_text(f"On SageMaker: ml.m5.xlarge in {REGION}"))
    looks(page, "training")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2, timeout=SLOW_MILLISECONDS)
    home = page.get_by_role("button", name="Download the model")
    see(home)
    looks(page, "trained")
    home.click()
    expect(page.get_by_role("button", name="Use this model")).to_be_enabled()
    looks(page, "at-home")

    go(page, "Endpoints")
    see(page.get_by_text("No endpoint runs in this region"))
    model = page.get_by_role("combobox", name="Model")
    try:
        expect(model).to_be_visible(timeout=15_000)
    except AssertionError:  # the last run of the previous page's timed fragment has cleared this one
        go(page, "Endpoints")
    model.fill("tiny")
    page.get_by_role("option", name=re.compile("tiny")).click()
    see(page.get_by_test_id("stCode").filter(has_text="--model").filter(has_text="/runs/tiny"))
    see(page.get_by_text("Free when idle"))
    looks(page, "deploy")
    press(page, "Deploy", page.get_by_text("This continues if you leave the page."))
    looks(page, "deploying")
    ready = page.get_by_text("ready, scores as here")
    see(ready)
    page.get_by_role("button", name="Score it").click()
    see(page.get_by_text(re.compile("Model [0-9a-f]{12} answered")))
    looks(page, "ready")

    go(page, "Score a table")
    page.get_by_text("An endpoint", exact=True).click()
    see(page.get_by_text("The endpoint's price applies"))
    upload(page, "reviews.csv", table(60, seed=42, labelled=False))
    start = page.get_by_role("button", name="Score 60 rows")
    see(start)
    looks(page, "table")
    start.click()
    see(page.get_by_test_id("stMetric").first)
    see(page.get_by_text("model endpoint review-sentiment-tiny"))
    looks(page, "scored")

    go(page, "Endpoints")
    page.get_by_test_id("stExpander").filter(has_text="Public API").locator("summary").click()
    press(page, "Publish", page.get_by_text("This continues if you leave the page."))
    show = page.get_by_text("Show the key")
    see(show)
    url = page.get_by_role("link", name="Open its page").get_attribute("href")
    show.click()
    key = page.get_by_test_id("stCode").filter(has_text=re.compile(r"^[A-Za-z0-9]{20,}$"))
    see(key)
    looks(page, "published")
    answer = ask(url, key.inner_text().strip(), "A warm and witty film.")
    assert 0 <= answer["probability"] <= 1

    go(page, "Running on AWS")
    see(page.get_by_test_id("stDataFrame"))
    page.get_by_test_id("stExpander").filter(has_text="Delete everything").locator("summary").click()
    page.get_by_role("textbox", name=re.compile("Type the account number")).fill("123456789012")
    page.get_by_role("textbox", name=re.compile("Type the account number")).press("Enter")
    take_down = page.get_by_role("button", name="Delete everything")
    expect(take_down).to_be_enabled()
    looks(page, "running")
    take_down.click()
    see(page.get_by_text(re.compile(r"Deleted: \d+\. Nothing on AWS in [a-z0-9-]+\.")))
    see(page.get_by_text("Nothing of this project exists"))
    expect(take_down).to_have_count(0)
    see(page.get_by_test_id("stSidebar").get_by_role("link", name="Nothing on AWS"))
    looks(page, "taken-down")
