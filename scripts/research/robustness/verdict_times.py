"""Measure how long a person waits for a verdict on *Score a review*, with several browsers at once."""

import asyncio
import os
import random
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence

from playwright.async_api import Browser, Page, async_playwright

_SETTLED = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
_CHANGED = """before => {
  const found = document.querySelector("[data-testid=stMain]").textContent.match(/read \\d+ of \\d+ tokens/);
  return found && found[0] !== before && found[0];
}"""
_MILLISECONDS = 120_000
_THINKING_SECONDS = (10.0, 20.0)
_WORDS = "the staff were kind but room cold and we would not come again although food good price fair".split()


async def measure(address: str, browsers: int, verdicts: int) -> list[float]:
    """Return the seconds from key press to new verdict on the page, for this many browsers and reviews per browser.

    Each browser is a separate context in one Chromium, and pauses ten to twenty seconds between reviews: people take
    longer to write one.
    """
    command = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=command, args=["--no-sandbox", "--disable-gpu"])
        pages = [await _opened(chromium, address) for _ in range(browsers)]
        times = await asyncio.gather(*(_ask(page, verdicts, seed) for seed, page in enumerate(pages)))
        await chromium.close()
    return [seconds for each in times for seconds in each]


async def _opened(chromium: Browser, address: str) -> Page:
    context = await chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(_MILLISECONDS)
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_selector(_SETTLED)
    return page


async def _ask(page: Page, verdicts: int, seed: int) -> list[float]:
    dice = random.Random(seed)
    shown = await (await page.wait_for_function(_CHANGED, arg="", polling=50)).json_value()
    box = page.get_by_role("textbox", name="Your review")
    times = []
    for number in range(verdicts):
        await asyncio.sleep(dice.uniform(*_THINKING_SECONDS))
        # All texts differ in length, which distinguishes each verdict from the previous one.
        await box.fill(" ".join(dice.choices(_WORDS, k=30 + 2 * number)))
        started = time.perf_counter()
        await box.press("Control+Enter")
        shown = await (await page.wait_for_function(_CHANGED, arg=shown, polling=50)).json_value()
        times.append(time.perf_counter() - started)
    return times


def table(rows: Mapping[str, list[float]]) -> str:
    """Return a Markdown table of the seconds of all verdicts, by what else is running."""
    lines = [
        f"| {meanwhile} | {len(seconds):,} | {statistics.median(seconds):.2f} | {_part(seconds, 0.95):.2f} "
        f"| {max(seconds):.2f} |"
        for meanwhile, seconds in rows.items()
    ]
    head = ["| meanwhile | verdicts | median, s | 95th percentile, s | longest, s |", "|---|---:|---:|---:|---:|"]
    return "\n".join([*head, *lines])


def _part(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
