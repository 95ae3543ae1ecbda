"""Untrusted words and names are shown as text on every page: in a real browser, they have no effect."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from sentiment.jobs import model_library, registry
from sentiment.jobs.model_library import Label
from sentiment.jobs.run_directory import change_status, recorded
from tests.support.scored_jobs import finished_job
from tests.support.word_scorer import WordScorer

# Each has a visible effect if it is interpreted: as an element, a formula, an icon, a computed value.
LURES = (
    "<img src=x onerror=window.owned=1><script>window.owned=1</script><b>lured</b>",
    "**lured** _lured_ ~~lured~~ `lured` # lured",
    "[lured](javascript:window.owned=1) ![x](http://192.0.2.1/lured.png) <http://192.0.2.1/>",
    "$lured^2$ $$lured$$ \\(lured\\)",
    ":material/skull: :red[lured] :smile: :small[lured]",
    "{{lured}} {lured} %(lured)s ${window.owned=1} #{lured}",
    "datum.lured']+window.owned=1+datum['x",
)
LURE = " ".join(LURES)
SHORT = "**a** $b$ :material/skull: [c](javascript:window.owned=1) <b>d</b>"
COLUMN = "x['y'].z **a** $b$ :material/skull: <b>d</b>"
PROFILE = "**a**$b$:material/skull:<b>d</b>"  # a space ends the name of a profile
BAIT = """() => {
  const main = document.querySelector("[data-testid=stApp]");
  const text = [...main.querySelectorAll("strong, em, del, code, b, h1, h2, h3, span[class*=colored]")]
    .filter((one) => one.children.length === 0 && /^(lured|a|d)$/.test(one.textContent.trim()));
  return {
    owned: window.owned ?? 0,
    elements: text.map((one) => one.closest("[data-testid]").outerHTML.slice(0, 500)),
    pictures: [...main.querySelectorAll("img[src='x'], img[src*='lured']")].length,
    // An address that stands there as it is may be followed; it hides nothing.
    links: [...main.querySelectorAll("a")].filter((one) => /^javascript|192\\.0\\.2\\.1/.test(one.href))
      .filter((one) => !one.href.startsWith(one.textContent.trim().slice(0, 16))).map((one) => one.outerHTML),
    formulas: main.querySelectorAll(".katex").length,
    icons: [...main.querySelectorAll("[data-testid=stIconMaterial]")].filter((i) => i.textContent === "skull").length,
  };
}"""
NOTHING = {"owned": 0, "elements": [], "pictures": 0, "links": [], "formulas": 0, "icons": 0}


@pytest.fixture
def baited(start_server, tiny_bundle, tmp_path, monkeypatch):
    """A dashboard whose models, runs, tables and themes have such names, with the jobs of a scored table and a run.

    AWS profiles have such names, too.
    """
    (tmp_path / "config").write_text(f"[profile {PROFILE}]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    server = start_server()
    monkeypatch.setenv("SENTIMENT_HOME", str(server.home))
    table = tmp_path / f"{SHORT.replace('/', '')}.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["review", COLUMN, "date"])
        for number in range(80):
            word = "awful" if number % 2 else "wonderful"
            writer.writerow([f"It was {word}. {LURE} {number}", LURES[number % 3], f"2024-05-{number % 28 + 1:02d}"])
    job = finished_job("scored", table, WordScorer(), tiny_bundle)
    (job.directory / "themes.toml").write_text(f'{json.dumps(SHORT)} = ["awful", "wonderful"]\n')
    run = server.home / registry.FOLDERS["train"] / "run"
    with recorded(run, "train", {"text_column": LURE}):
        epoch = "epoch=1 train_bce=0.5 train_accuracy=0.8 validation_bce=0.5 validation_accuracy=0.8 seconds=2.0"
        (run / "train.log").write_text(f"{LURE}\n{epoch}\n")
    change_status(run, lambda status: replace(status, state="failed", reason=LURE))
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"name": SHORT}))
    model_library.set_label(model_library.SHIPPED, Label(SHORT, LURE))
    return server, job


def delimited(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def assert_shown_as_text(page, *words):
    for word in words:
        expect(page.get_by_text(word).first).to_be_attached()
    assert page.evaluate(BAIT) == NOTHING


def test_on_every_page(baited, page, settle, new_page):
    server, job = baited
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.goto(server.url)
    settle(page)
    box = page.get_by_role("textbox", name="Your review")
    box.fill(f"It was awful. {LURE}")
    box.press("Control+Enter")
    expect(page.locator("mark").filter(has_text="awful")).to_be_visible()
    assert_shown_as_text(page, SHORT, "datum.lured")

    page.goto(f"{server.url}/table")
    settle(page)
    bad = {"name": f"{SHORT}.parquet", "mimeType": "text/csv", "buffer": b"PAR1 **lured** no table"}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_text(re.compile("damaged"))).to_be_visible()
    assert page.evaluate(BAIT) == NOTHING

    page.goto(f"{server.url}/result?job={job.id}")
    expect(page.get_by_role("heading", name="Where")).to_be_visible()
    expect(page.get_by_text(re.compile("no theme"))).to_be_visible()
    assert_shown_as_text(page, "skull")
    for chart in page.get_by_test_id("stVegaLiteChart").all()[:3]:
        chart.hover()
        assert page.evaluate(BAIT) == NOTHING

    for address, shown in (
        (f"themes?job={job.id}", "Themes"),
        ("monitor?run=run", "Monitor"),
        ("models", SHORT),
        ("compare", SHORT),
        (f"monitor?run={SHORT}", "Monitor"),
        (f"?model={SHORT}", SHORT),
    ):
        page.goto(f"{server.url}/{address}")
        settle(page)
        assert_shown_as_text(page, shown)

    page.goto(f"{server.url}/train")
    settle(page)
    page.get_by_text("Upload a table", exact=True).click()
    rows = [["review", COLUMN], *([f"Awful, {LURE} {number}", LURES[number % 3]] for number in range(60))]
    labelled = {"name": f"{SHORT}.csv", "mimeType": "text/csv", "buffer": delimited(rows).encode()}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(labelled)
    expect(page.get_by_text("lured").first).to_be_attached()
    settle(page)
    assert_shown_as_text(page, "lured")
    for address in ("endpoints", "running", "transform"):
        page.goto(f"{server.url}/{address}")
        settle(page)
        assert page.evaluate(BAIT) == NOTHING
    page.get_by_role("combobox", name="Profile").click()
    assert_shown_as_text(page, PROFILE)

    other = new_page()
    other.goto(f"{server.url}/table")
    settle(other)
    expect(other.get_by_text("lured", exact=False)).to_have_count(0)  # the upload is of the other browser
    other.get_by_role("link", name="Score a review").click()
    expect(other.get_by_role("textbox", name="Your review")).to_be_visible()
    assert "lured" not in other.get_by_role("textbox", name="Your review").input_value()
