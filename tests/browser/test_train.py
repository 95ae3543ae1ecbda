"""Training in a browser: launch a small job, watch its curve through a reload, and use the model."""

import re

from playwright.sync_api import expect

TRAINED_MILLISECONDS = 180_000


def test_launch_a_job_watch_it_and_use_its_model(server, page, settle, screenshot):
    page.goto(server.url)
    settle(page)
    page.goto(server.url + "/train")
    settle(page)
    page.get_by_text("Sample table", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d+ negative reviews"))).to_be_visible()
    screenshot(page, "launch")
    page.get_by_test_id("stExpander").filter(has_text="Advanced").locator("summary").first.click()
    batch_size = page.get_by_role("spinbutton", name="Batch size")
    batch_size.fill("4")
    batch_size.press("Tab")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"/monitor\?run=fine-tune"))
    page.reload()
    curves = page.get_by_test_id("stVegaLiteChart")
    expect(curves).to_have_count(2, timeout=TRAINED_MILLISECONDS)
    use = page.get_by_role("button", name="Use this model")
    expect(use).to_be_enabled(timeout=TRAINED_MILLISECONDS)
    screenshot(page, "monitor-job")
    use.click()
    expect(page.get_by_role("heading", name="Score a review")).to_be_visible()
    expect(page).to_have_url(re.compile("model=fine-tune"))
