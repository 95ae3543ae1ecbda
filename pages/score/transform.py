"""Score a big table on several SageMaker instances: choose it, see the price, watch the job."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.score import table_job
from pages.score.table_choice import choose_table, show_table
from pages.shared import ui
from pages.shared.connection import ask_account
from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.batch_transform import transform_jobs, transform_plan
from sentiment.jobs import scoring_request
from sentiment.jobs.registry import Job
from sentiment.jobs.scoring_request import BatchRequest
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.wording import counted, duration

RECENT = 5


def choose(account: Account) -> None:
    """Draw the choice of table, model and instances with the price, and start the job if requested."""
    left, right = st.columns(2)
    with right, ui.errors_shown():
        card = bundle.describe(ui.pick_model())
    with left:
        path, _ = choose_table()
    instance_type, instances, beside = ask_machines()
    request, place = show_table(path, scoring_request.bundle_choice(card, ui.model_id(card)))
    if request is None:
        return
    with beside:
        show_price(account, request, card, instance_type, instances)
    with place:
        asked = st.button(f"Score {request.rows:,} rows on SageMaker", type="primary", key="start_transform")
    if asked:
        with ui.errors_shown():
            job = transform_jobs.start(account, request, instance_type, instances)
        table_job.open_job(job)


def ask_machines() -> tuple[str, int, DeltaGenerator]:
    """Draw the choice of the instance type and count; return them, and a place for the price."""
    left, middle, right = st.columns([2, 1, 3])
    instance_type = left.selectbox(
        "Instance type",
        prices.offered("transform"),
        index=1,
        key="transform_type",
        persist_state="session",
        format_func=prices.described,
    )
    instances = middle.number_input(
        "Instances",
        1,
        100,
        1,
        key="transform_instances",
        persist_state="session",
        help="They split the rows between them",
    )
    return instance_type, int(instances), right


def show_price(account: Account, request: BatchRequest, card: Card, instance_type: str, instances: int) -> None:
    """State the expected cost and its basis; for a small table, suggest scoring on this machine."""
    plan = transform_plan.Plan(card.directory, instance_type, instances)
    pace = transform_plan.pace(card)
    words = transform_plan.price_in_words(account.region, request.rows, pace, plan)
    start = duration(transform_plan.STARTUP_SECONDS)
    st.markdown(f"**{ui.plain(words)}**")
    st.caption(
        ui.plain(
            f"Assumes that each instance is as fast as the machine that built the model, and takes {start} to start. "
            "Only the reviews are sent, and deleted at the end."
        )
    )
    seconds = transform_plan.seconds_here(request.rows, pace)
    if seconds is not None:
        offer_this_machine(request.rows, seconds)


def offer_this_machine(rows: int, seconds: float) -> None:
    """State that this machine would have scored this few rows before a job has started, and link to that."""
    start = duration(transform_plan.STARTUP_SECONDS)
    st.info(
        f"This machine should score {counted(rows, 'row')} in about {duration(max(1.0, seconds))}, for nothing: sooner "
        f"than a job has started, which takes {start}.",
        icon=":material/savings:",
    )
    st.page_link("pages/score/batch.py", label="Score a table", icon=":material/table_view:")


def show_job(job: Job) -> None:
    """Draw a job: its table, then its progress or why it ended early. A finished job leads to its result."""
    request = scoring_request.request_from(job.settings)
    machines = f"{job.settings['instances']} × {job.settings['instance_type']}"
    words = f"{request.rows:,} rows · text column {request.text_column} · model {request.model_name} · {machines}"
    table_job.draw_heading(job, request, words)
    table_job.draw_progress(
        job, transform_jobs.progress, "Stop", "Stops the job on AWS and deletes everything it created"
    )
    if job.state in ("stopped", "failed"):
        table_job.draw_interruption(
            job,
            "A job that still runs on AWS is continued, not started again.",
            "The scoring was stopped, and everything it created on AWS is deleted.",
        )
    elif scoring_request.result(job):
        table_job.open_result(job)


def show_recent() -> None:
    """Draw the earlier tables, to open."""
    found = transform_jobs.recent()[:RECENT]
    if not found:
        return
    st.header("Earlier tables", anchor=False)
    for job in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            table_job.draw_earlier(job)


st.title("Score a big table")
st.caption(
    "For tables that would take this computer hours: several SageMaker instances split the rows and stop by "
    "themselves. The price is shown first."
)
job = table_job.opened("transform")
if job is not None:
    show_job(job)
else:
    account = ask_account()
    if account is not None:
        choose(account)
    show_recent()
