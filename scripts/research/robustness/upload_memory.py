"""Measure how much memory the dashboard keeps for tables that are uploaded one after another in one browser.

    python -m scripts.research.robustness.upload_memory --uploads 14 --megabytes 20

Needs Chromium (`CHROMIUM` gives its command) and the packages of requirements-dev.txt.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from scripts.research.robustness import load

_SETTLED = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
_MILLISECONDS = 180_000
_PAGES = ("table", "train", "compare")


def tables(folder: Path, count: int, megabytes: float) -> Iterator[Path]:
    """Yield tables of this size, each with different reviews."""
    for number in range(count):
        path = folder / f"table-{number}.csv"
        row = f"{number},The porter of house {number} was kind and the room was quiet.,5\n"
        path.write_text("id,review,stars\n" + row * int(megabytes * 1e6 / len(row)))
        yield path


def grown(page_name: str, uploads: int, megabytes: float) -> list[float]:
    """Return the server's resident memory in MB before the first upload and after each."""
    port = load.free_port()
    flags = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *flags]
    with tempfile.TemporaryDirectory() as place, load.running(command, Path(place), SENTIMENT_HOME=place) as server:
        address = f"http://127.0.0.1:{port}"
        load.wait_until_up(f"{address}/_stcore/health")
        memory = psutil.Process(server.pid).memory_info
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which(os.environ.get("CHROMIUM", "chromium")), args=["--no-sandbox"]
            )
            page = chromium.new_page()
            page.set_default_timeout(_MILLISECONDS)
            page.goto(f"{address}/{page_name}")
            page.wait_for_selector(_SETTLED)
            if page_name != "table":
                page.get_by_role("radio", name="Upload a table").click()
                page.wait_for_selector(_SETTLED)
            sizes = [memory().rss / 1e6]
            for path in tables(Path(place), uploads, megabytes):
                page.locator("input[type=file]").last.set_input_files(path)
                page.locator("[data-testid=stMarkdown], [data-testid=stCaptionContainer]").filter(
                    has_text=path.name
                ).first.wait_for()
                page.wait_for_selector(_SETTLED)
                sizes.append(memory().rss / 1e6)
                path.unlink()
            chromium.close()
    return sizes


def main() -> int:
    """Measure and print; the exit code is 1 if each upload leaves more than a tenth of its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", choices=_PAGES, default="table")
    parser.add_argument("--uploads", type=int, default=14)
    parser.add_argument("--megabytes", type=float, default=20)
    arguments = parser.parse_args()
    sizes = grown(arguments.page, arguments.uploads, arguments.megabytes)
    print(" ".join(f"{size:.0f}" for size in sizes))
    # The first uploads fill caches that later ones reuse.
    settled = sizes[len(sizes) // 2 :]
    each = (settled[-1] - settled[0]) / max(1, len(settled) - 1)
    print(f"{each:.1f} MB a further upload of {arguments.megabytes:g} MB")
    return int(each > 0.1 * arguments.megabytes)


if __name__ == "__main__":
    sys.exit(main())
