"""The launch and monitor pages with jobs on SageMaker, which is that of the local cloud."""

import dataclasses
import io
import os
import signal
import tarfile

import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from pages.shared.costs import ACCOUNT_KEY
from sentiment.cloud.aws import account, roles, s3
from sentiment.jobs import registry, sagemaker_run
from sentiment.jobs.run_directory import change_status
from sentiment.system import storage
from tests.support.sagemaker_jobs import PLACE, run_directory, submit
from tests.support.waiting import until

WAITING = "epoch(1)\nwait_for('open')\nepoch(2)\n"
FAILING = """
for number in range(40): print("line", number, flush=True)
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("Only one class in column label.")
sys.exit(2)
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.1")
    st.cache_data.clear()  # of the cloud of another test
    yield
    for job in registry.all_jobs():
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)


def opened(page, connected=None, **query):
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=180)
    if connected:
        app.session_state[ACCOUNT_KEY] = connected
    app.run()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/train/{page}.py").run()
    assert not app.exception
    return app


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


def text(app):
    shown = "\n".join(one.value for one in [*app.markdown, *app.caption, *app.error, *app.info])
    return shown.replace("\\", "")  # as displayed, without the marks that escape Markdown


def costs(app):
    """Return the costs in the list of jobs, as displayed."""
    table = app.dataframe[0]
    shown = convert_arrow_bytes_to_pandas_df(table.proto.arrow_data.styler.display_values)
    return shown.iloc[:, list(table.value.columns).index("cost")].tolist()


def launch_page(connected=None):
    app = opened("launch", connected)
    app.button_group(key="source train").set_value("Sample table").run()
    app.button_group(key="where This machine").set_value("On SageMaker").run()
    assert not app.exception
    return app


def test_without_an_account_it_is_said_how_to_connect_and_nothing_can_be_started(local_cloud):
    app = launch_page()
    assert "Connect to your AWS account" in text(app)
    assert button(app, "Start").disabled


def test_the_price_is_said_before_the_start_and_follows_what_is_chosen(local_cloud):
    here = account.connect()
    roles.create_role(here, "execution")
    app = launch_page(here)
    assert "At most $0.23: 1 h on ml.m5.xlarge" in text(app)
    app.number_input(key="max minutes").set_value(30)
    app.checkbox(key="spot").check().run()
    assert "30 min on ml.m5.xlarge" in text(app)
    assert "spot instance" in text(app)
    app.number_input(key="instances").set_value(2).run()
    assert "At most $0.23: 30 min on 2 × ml.m5.xlarge" in text(app)
    assert not button(app, "Start").disabled
    app.switch_page("pages/train/monitor.py").run()
    app.switch_page("pages/train/launch.py").run()
    assert "At most $0.23: 30 min on 2 × ml.m5.xlarge" in text(app)


def test_start_makes_a_run_that_is_launched_on_sagemaker(local_cloud):
    here = account.connect()
    role = roles.create_role(here, "execution")
    app = launch_page(here)
    app.selectbox(key="instance type").select_index(0).run()
    button(app, "Start").click().run()
    assert not app.exception
    assert app.title[0].value == "Monitor"
    (job,) = registry.all_jobs()
    place = job.sagemaker.place
    assert (place.instance_type, place.role, place.region) == ("ml.m5.large", role, "us-east-1")
    assert "sentiment cloud train" in job.command
    assert list(app.dataframe[0].value["runs on"]) == ["ml.m5.large"]
    job.stop()


def test_our_own_role_is_the_usual_one_and_another_is_named_by_hand(local_cloud):
    here = account.connect()
    app = launch_page(here)
    assert not button(app, "Start").disabled
    app.text_input(key="role arn").set_value("team").run()
    button(app, "Start").click().run()
    assert "team is not a role's ARN" in text(app)
    app.text_input(key="role arn").set_value("arn:aws:iam::123456789012:role/team").run()
    button(app, "Start").click().run()
    (job,) = registry.all_jobs()
    assert job.sagemaker.place.role.endswith("role/team")
    job.stop()


def test_the_monitor_takes_up_a_job_that_nobody_follows_and_stops_it(local_cloud, tmp_path):
    submit(tmp_path, WAITING)
    directory = run_directory(launched=1e10)
    app = opened("monitor")
    until(lambda: registry.load(directory).rows)
    app.run()
    assert list(app.dataframe[0].value["runs on"]) == [PLACE.instance_type]
    assert "On SageMaker: ml.m5.xlarge in us-east-1" in text(app)
    assert "Open in the AWS console" in text(app)
    assert len(app.get("vega_lite_chart")) == 2
    button(app, "Stop").click().run()
    until(lambda: not registry.load(directory).is_active)
    app.run()
    assert list(app.dataframe[0].value["state"]) == ["■ stopped"]
    assert button(app, "Resume") is None
    assert button(app, "Download the model") is None


def test_a_failed_job_shows_its_reason_and_the_last_thirty_lines(local_cloud, tmp_path):
    submit(tmp_path, FAILING)
    directory = run_directory(launched=1e10)
    opened("monitor")
    until(lambda: registry.load(directory).status.state == "failed")
    app = opened("monitor")
    assert "Only one class in column label." in text(app)
    (shown,) = [block.value for block in app.code if "line 39" in block.value]
    assert len(shown.splitlines()) == 30


def test_a_cost_below_a_cent_is_said_so_and_none_is_nothing():
    for number, seconds in enumerate((1, 0)):
        directory = run_directory(f"job-{number}", job_name="any", launched=1.0, billed_seconds=seconds)
        change_status(directory, lambda status: dataclasses.replace(status, state="done", ended=3.0))
    assert sorted(costs(opened("monitor"))) == ["less than $0.01", "nothing"]


def test_a_finished_job_comes_home_with_one_click(local_cloud, tiny_bundle):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(tiny_bundle, ".")
    uri = s3.upload_bytes(account.connect(), packed.getvalue(), "tests/model.tar.gz")
    directory = run_directory(
        job_name="any", status="Completed", launched=1.0, started=2.0, ended=3.0, billed_seconds=100, artefact=uri
    )
    change_status(directory, lambda status: dataclasses.replace(status, state="done", ended=3.0))
    app = opened("monitor")
    assert app.dataframe[0].value["cost"][0] == pytest.approx(0.01)
    assert "$0.01 as billed" in text(app)
    assert costs(app) == ["$0.01"]
    assert button(app, "Use this model") is None
    button(app, "Download the model").click().run()
    until(lambda: registry.load(directory).bundle)
    app.run()
    assert button(app, "Download the model") is None
    assert button(app, "Use this model") is not None


def test_a_model_that_is_gone_is_reported(local_cloud):
    directory = run_directory(
        job_name="any", status="Completed", launched=1.0, artefact="s3://sagemaker-us-east-1-123456789012/none"
    )
    change_status(directory, lambda status: dataclasses.replace(status, state="done", ended=3.0))
    s3.bucket(account.connect())
    app = opened("monitor")
    button(app, "Download the model").click().run()
    until(lambda: "was deleted" in text(app.run()))
    assert sagemaker_run.read_standing(directory).has_ended
