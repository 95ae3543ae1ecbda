"""A real server and a real Chromium; every test fails on console errors and on requests to other machines.

The tests of the shared server also fail on warnings of Streamlit in its log. `SENTIMENT_SCREENSHOTS` names a directory
for screenshots, `CHROMIUM` the browser's command.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from sentiment.jobs import registry
from sentiment.system import storage

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SERVER_SECONDS = 180
PAGE_MILLISECONDS = 90_000
LASTING_SECONDS = 20
# The list of pages and the upload box, as drawn by Streamlit.
NOT_OURS = {"list", "listitem", "presentation-role-conflict"}

# Opened at /table, Streamlit's client requests these below /table first, then below /, where they exist.
PROBE = re.compile(r"http://127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this directory, and keep them on one worker: they share a server and a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address and its folder of state."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server and wait until it has exited; its jobs continue."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start(home: Path, port: int) -> Server:
    home.mkdir(parents=True, exist_ok=True)
    flags = ["--server.port", str(port), "--server.headless", "true"]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *flags],
            cwd=storage.PROJECT,
            env=os.environ | {"SENTIMENT_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", home, process)
    try:
        _wait_until_healthy(server)
    except BaseException:
        server.stop()
        raise
    return server


def _wait_until_healthy(server: Server) -> None:
    end = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"The server did not start:\n{(server.home / 'server.log').read_text()}")


def _end_jobs(home: Path) -> None:
    """Stop the jobs that the tests started, which outlive the server by design."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_HOME", str(home))
        for job in (*registry.all_jobs("train"), *registry.all_jobs("score")):
            if job.is_active:
                job.stop()


def _open_front_page(server: Server, chromium: Browser) -> None:
    """Open the front page once: until then Streamlit reports the other pages' addresses as unknown."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(SETTLED, timeout=PAGE_MILLISECONDS)
    context.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, chromium) -> Iterator[Server]:
    """Return the dashboard that the tests share, with its own folder of state; every page can be opened by its address.

    Not so on a server from `start_server`, which nobody has visited: see `navigation.reload_if_unknown`.
    """
    running = _start(tmp_path_factory.mktemp("home"), _free_port())
    try:
        _open_front_page(running, chromium)
        yield running
    finally:
        running.stop()
        _end_jobs(running.home)
    log = (running.home / "server.log").read_text(encoding="utf-8")
    assert not re.search("Session State API|deprecated", log), log


@pytest.fixture
def start_server(tmp_path) -> Iterator[Callable[..., Server]]:
    """Start a fresh server, `start_server()`, or one again on the same state and address, `start_server(server)`."""
    started: list[Server] = []

    def start(again: Server | None = None) -> Server:
        home = again.home if again else tmp_path / f"home-{len(started)}"
        port = urlsplit(again.url).port if again else None
        started.append(_start(home, port or _free_port()))
        return started[-1]

    yield start
    for running in started:
        running.stop()
    for home in {running.home for running in started}:
        _end_jobs(home)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the browser that the tests share; each page has its own context."""
    command = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if command is None:
        pytest.fail("Chromium is needed: install it, or set CHROMIUM to its path.")
    expect.set_options(timeout=PAGE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What went wrong in the browser; the test fails for it in the end.

    A test that causes an error on purpose, such as by stopping the server, takes it out.
    """
    noted: list[str] = []
    yield noted
    assert not noted, "\n".join(noted)


def _note_problems(context: BrowserContext, noted: list[str]) -> None:
    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBE.fullmatch(message.location.get("url", "")):
            noted.append(f"console error: {message.text} ({message.location.get('url')})")

    def note_address(url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            noted.append(f"request to another machine: {url}")

    def watch_sockets(page: Page) -> None:
        page.on("websocket", lambda socket: note_address(socket.url))

    context.on("console", note_console)
    context.on("weberror", lambda error: noted.append(f"uncaught error: {error.error}"))
    context.on("request", lambda request: note_address(request.url))
    context.on("page", watch_sockets)


@pytest.fixture
def new_page(chromium, problems) -> Iterator[Callable[..., Page]]:
    """Open an empty page: `new_page(theme="dark", narrow=True)`."""
    contexts: list[BrowserContext] = []

    def open_page(theme: str = "light", narrow: bool = False) -> Page:
        context = chromium.new_context(
            viewport=NARROW if narrow else WIDE, color_scheme=theme, reduced_motion="reduce", accept_downloads=True
        )
        context.set_default_timeout(PAGE_MILLISECONDS)
        _note_problems(context, problems)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page) -> Page:
    """Return an empty page, wide and light."""
    return new_page()


@pytest.fixture(scope="session")
def settle() -> Callable[[Page], Page]:
    """Wait until the script has run and the server sends nothing more; for later changes, use `expect`."""

    def wait(page: Page) -> Page:
        page.wait_for_selector(SETTLED)
        page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
        return page

    return wait


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], dict[str, str]]:
    """Return the lasting accessibility violations found by axe-core: by rule, with the first element.

    Elements that are being drawn may break a rule for a moment, so a violation counts only if it stays.
    """

    def find(page: Page) -> dict[str, str]:
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return {one["id"]: one["nodes"][0]["html"][:200] for one in found if one["id"] not in NOT_OURS}

    def find_lasting(page: Page) -> dict[str, str]:
        page.evaluate(AXE_SCRIPT)
        end = time.monotonic() + LASTING_SECONDS
        while (found := find(page)) and time.monotonic() < end:
            page.wait_for_timeout(500)
        return found

    return find_lasting


@pytest.fixture(scope="session")
def expect_no_overflow() -> Callable[[Page], None]:
    """Check that nothing on the page is wider than the window, once charts and tables have followed its width."""

    def check(page: Page) -> None:
        page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= window.innerWidth")

    return check


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Page, str], None]:
    """Save a screenshot of the whole page as `name`.png if `SENTIMENT_SCREENSHOTS` is set."""
    folder = os.environ.get("SENTIMENT_SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
