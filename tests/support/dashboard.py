"""The dashboard without a browser: functions shared by the tests of its pages."""

import os
import signal

from streamlit.testing.v1 import AppTest

from pages.shared.costs import ACCOUNT_KEY
from sentiment.jobs import registry
from sentiment.system import storage


def open_page(page, account=None, **query):
    """Open `page` in a new session, like a reload of its URL; `account` is the connected account."""
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=120)
    if account is not None:
        app.session_state[ACCOUNT_KEY] = account
    app.query_params.update(query)
    app.run().switch_page(page)
    app.query_params.update(query)
    return checked(app.run())


def checked(app):
    assert not app.exception
    return app


def words(app):
    """Return the text of the page, without the marks that escape Markdown."""
    said = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error]
    return "\n".join(one.value for one in said).replace("\\", "")


def end_jobs(*kinds):
    """Kill the jobs that a test has started and left running."""
    for job in registry.all_jobs(*kinds):
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)
