"""Training in a browser: fine-tune the shipped model on a small table, see the gain after a reload, and use it."""

import re

from playwright.sync_api import expect

TRAINED_MILLISECONDS = 180_000


def test_launch_a_job_watch_it_and_use_its_model(server, page, settle, screenshot):
    page.goto(server.url + "/train")
    settle(page)
    page.get_by_text("Sample table", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d+ negative reviews"))).to_be_visible()
    screenshot(page, "launch")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"/monitor\?run=fine-tune"))
    page.reload()
    expect(page.get_by_text("cross-validation on")).to_be_visible(timeout=TRAINED_MILLISECONDS)
    use = page.get_by_role("button", name="Use this model")
    expect(use).to_be_enabled(timeout=TRAINED_MILLISECONDS)
    screenshot(page, "monitor-job")
    use.click()
    expect(page.get_by_role("heading", name="Score a review")).to_be_visible()
    expect(page).to_have_url(re.compile("model=fine-tune"))
