"""Score a big table on several machines of SageMaker: choose it, see the price, watch the job, take the result."""

import streamlit as st

from pages.cloud.connection import ask_account
from pages.score.table_choice import choose_table, show_problems, show_table
from pages.score.table_result import show_result
from sentiment import batch_jobs, bundle, job_table, jobs, ui
from sentiment.batch_jobs import BatchRequest
from sentiment.bundle import Card
from sentiment.cloud import prices, transform_jobs, transform_plan
from sentiment.cloud.account import Account
from sentiment.errors import JobError
from sentiment.jobs import Job
from sentiment.tables import Problem

JOB_KEY = "transform_job"
REFRESH = "1s"
RECENT = 5


def opened_job() -> Job | None:
    """Return the job of the address, or the one that this session looked at last; None when there is none."""
    identifier = st.query_params.get("job") or st.session_state.get(JOB_KEY)
    if not identifier:
        return None
    try:
        job = jobs.find("transform", identifier)
    except JobError as error:
        ui.show_error(error)
        forget_job()
        return None
    remember_job(job)
    return job


def remember_job(job: Job) -> None:
    """Keep the job in the address and in the session."""
    st.session_state[JOB_KEY] = st.query_params["job"] = job.id


def forget_job() -> None:
    """Let the page open with the choice of a table again."""
    st.session_state.pop(JOB_KEY, None)
    st.query_params.pop("job", None)


def choose(account: Account) -> None:
    """Draw the choice of table, model and machines with the price, and start the job when asked to."""
    left, right = st.columns([3, 1])
    with right, ui.errors_shown():
        card = bundle.describe(ui.pick_model())
    with left:
        path, _ = choose_table()
    request, place = show_table(path, batch_jobs.bundle_choice(card, ui.model_id(card)))
    with right:
        instance_type, instances = ask_machines()
    if request is None:
        return
    st.markdown(ui.plain(price(account, request, card, instance_type, instances)))
    with place:
        asked = st.button(f"Score {request.rows:,} rows on SageMaker", type="primary", key="start_transform")
    if asked:
        with ui.errors_shown():
            remember_job(transform_jobs.start(account, request, instance_type, instances))
        st.rerun()


def ask_machines() -> tuple[str, int]:
    """Draw the choice of the machines and of how many."""
    instance_type = st.selectbox("Machine", prices.offered("transform"), index=1, key="transform_type")
    st.caption(prices.machine(instance_type))
    instances = st.number_input("How many", 1, 100, 1, key="transform_instances", help="They share the table")
    return instance_type, int(instances)


def price(account: Account, request: BatchRequest, card: Card, instance_type: str, instances: int) -> str:
    """Return what it is going to cost, and what that rests on."""
    plan = transform_plan.Plan(card.directory, instance_type, instances)
    words = transform_plan.price_in_words(account.region, request.rows, transform_plan.pace(card), plan)
    start = job_table.duration(transform_plan.STARTUP_SECONDS)
    return (
        f"{words}. Each machine is taken to be as fast as the one that made the model, and to need {start} to start. "
        "Only the reviews are sent, and deleted at the end."
    )


def watch(identifier: str, was_active: bool) -> None:
    """Draw how far the job is. The page's only fragment with a clock; it reads a file and asks nobody."""
    job = jobs.find("transform", identifier)
    if job.is_active != was_active:
        st.rerun()
    if not job.is_active:
        return
    words, share = transform_jobs.progress(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, text=ui.plain(words))
        if st.button("Stop", disabled=job.state == "stopping", help="The job ends on AWS, and nothing is left of it"):
            job.stop()
    st.caption("You may leave or close this page: the scoring goes on, and its address brings you back.")


def show_job(job: Job) -> None:
    """Draw a job: its table, then its progress, why it ended early, or its result with what it cost."""
    request = batch_jobs.request_from(job.settings)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        machines = f"{job.settings['instances']} × {job.settings['instance_type']}"
        words = f"{request.rows:,} rows · text column {request.text_column} · model {request.model_name} · {machines}"
        st.markdown(f"**{ui.plain(request.path.name)}** · {ui.plain(words)}", width="content")
        st.button("Another table", on_click=forget_job, icon=":material/arrow_back:")
    st.fragment(watch, run_every=REFRESH if job.is_active else None)(job.id, job.is_active)
    if job.state in ("stopped", "failed"):
        show_interrupted(job)
    elif result := batch_jobs.result(job):
        st.success(ui.plain(transform_jobs.outcome(job)), icon=":material/check:")
        summary = job.config["outcome"]["summary"]
        show_problems(tuple(Problem(**one) for one in summary["problems"]), summary["problem_count"])
        show_result(result, request)


def show_interrupted(job: Job) -> None:
    """Draw why a job ended early, and the way on."""
    if job.state == "failed":
        st.error(ui.plain(job.reason), title="The scoring has failed", icon=":material/error:")
        st.write("What is still under way on AWS is taken up again, not started anew.")
    else:
        st.info("The scoring was stopped, and nothing of it is left on AWS.", icon=":material/pause_circle:")
    if st.button("Continue", type="primary"):
        with ui.errors_shown():
            job.resume()
        st.rerun()


def show_recent() -> None:
    """Draw the earlier tables, to open."""
    found = transform_jobs.recent()[:RECENT]
    if not found:
        return
    st.subheader("Earlier tables", anchor=False)
    for job in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            request = batch_jobs.request_from(job.settings)
            if st.button(ui.plain(request.path.name), type="tertiary", key=f"open_{job.id}", help="Open"):
                remember_job(job)
                st.rerun()
            told = f"{job_table.state_in_words(job.state)} · {request.rows:,} rows · {request.model_name}"
            st.caption(ui.plain(f"{told} · {job_table.duration(job.age)} ago"), width="content")


st.title("Score a big table")
st.caption(
    "For tables that would keep this machine busy for hours: several machines of SageMaker share the rows, and stop by "
    "themselves. The price is said before."
)
job = opened_job()
if job is not None:
    show_job(job)
else:
    account = ask_account()
    if account is not None:
        choose(account)
    show_recent()
