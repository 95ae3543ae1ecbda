"""The review page in a browser: type a review, see the verdict and why, and give feedback on it."""

import re

from playwright.sync_api import expect

BAD = "A dull, clumsy and boring film. The plot makes no sense <b>at all</b> and the acting is awful. Avoid it."


def verdict(page, word):
    return page.get_by_role("heading", name=re.compile(f"{word}$", re.IGNORECASE))


def write(page, review):
    box = page.get_by_role("textbox", name="Your review")
    box.fill(review)
    box.press("Control+Enter")


def test_type_a_review_and_see_why(server, page, settle, screenshot):
    page.goto(server.url)
    settle(page)
    expect(verdict(page, "POSITIVE")).to_be_visible()
    write(page, BAD)
    expect(verdict(page, "NEGATIVE")).to_be_visible()
    expect(page.get_by_text(re.compile(r"of 5 stars · read \d+ of \d+ tokens"))).to_be_visible()
    expect(page.locator("mark").filter(has_text="awful")).to_be_visible()
    screenshot(page, "review-words")
    page.get_by_text("Sentences", exact=True).click()
    expect(page.get_by_test_id("stHtml").filter(has_text="The plot makes no sense")).to_be_visible()
    page.get_by_text("Reading trace", exact=True).click()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    screenshot(page, "review-trace")


def test_another_language_is_not_judged(server, page, settle):
    page.goto(server.url)
    settle(page)
    page.get_by_text("In French", exact=True).click()
    expect(verdict(page, "UNSCORED")).to_be_visible()
    expect(verdict(page, "POSITIVE")).to_have_count(0)


def test_an_opinion_is_kept_and_counted(server, page, settle):
    page.goto(server.url)
    settle(page)
    write(page, BAD)
    page.get_by_role("button", name="Correct, negative").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d* reviews? with feedback"))).to_be_visible()


def test_the_text_stays_when_another_page_is_looked_at(server, page, settle):
    page.goto(server.url)
    settle(page)
    write(page, BAD)
    # Not the example that the page opens with, so that it is the verdict on the text typed.
    expect(verdict(page, "NEGATIVE")).to_be_visible()
    page.get_by_role("link", name="Monitor").click()
    expect(page.get_by_role("heading", name="Monitor")).to_be_visible()
    page.get_by_role("link", name="Score a review").click()
    expect(page.get_by_role("textbox", name="Your review")).to_have_value(BAD)
