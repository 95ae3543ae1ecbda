"""Each page about AWS while AWS does not respond: it is drawn without the answer, which follows later."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.costs import ACCOUNT_KEY
from sentiment.cloud.aws import account
from sentiment.system import storage
from tests.support.waiting import until

# The text of each page while it has no answer; the sidebar shows its own on all of them.
PAGES = {
    "cloud/running": "Looking up what exists",
    "cloud/endpoints": "Looking for endpoints",
    "score/transform": "",
    "train/monitor": "",
    "train/launch": "",
    "score/batch": "",
    "models/compare": "",
}
SIDEBAR = ["Looking for resources"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))


def words(app):
    kinds = [*app.markdown, *app.caption, *app.info, *app.header]
    return "\n".join(one.value for one in kinds).replace("\\", "")


def sidebar(app):
    return [link.proto.label for link in app.sidebar.get("page_link")]


def test_no_page_waits_for_an_aws_that_does_not_answer(local_cloud):
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=50)
    app.session_state[ACCOUNT_KEY] = account.connect()
    with local_cloud.silence():
        app.run()
        for page, said in PAGES.items():
            app.switch_page(f"pages/{page}.py").run()
            assert not app.exception
            assert app.title, page
            assert said in words(app), (page, words(app))
            assert sidebar(app) == SIDEBAR, page
        app.switch_page("pages/train/launch.py").run()
        app.button_group(key="where This machine").set_value("On SageMaker").run()
        assert not app.exception
        assert app.text_input(key="role arn")
    until(lambda: sidebar(app.run()) == ["Nothing on AWS"])
