"""The front door: page settings, navigation by section, and in the sidebar the model in use and the running jobs."""

import streamlit as st

from pages.shared import ui
from pages.shared.costs import show_costs
from sentiment.system import storage

ICON = storage.ASSETS / "icon.svg"


def entry(file: str, title: str, icon: str, about: str, url: str = "") -> st.Page:
    """Return the page in `file`; the one without a `url` is the first that a visitor sees."""
    return st.Page(f"pages/{file}", title=title, icon=f":material/{icon}:", help=about, url_path=url, default=not url)


st.set_page_config(page_title="Review Sentiment", page_icon=ICON, layout="wide")
st.logo(ICON, size="large")
ui.reload_if_unknown()

page = st.navigation(
    {
        "Score": [
            entry("score/review.py", "Score a review", "rate_review", "One review: the verdict, how sure, and why"),
            entry("score/batch.py", "Score a table", "table_view", "Every row of a table of reviews", "table"),
        ],
        "Train": [
            entry("train/launch.py", "Train a model", "model_training", "From IMDb or your own table", "train"),
            entry("train/monitor.py", "Monitor", "monitoring", "Watch, compare and stop training jobs", "monitor"),
        ],
        "Models": [entry("models/compare.py", "Compare models", "balance", "Which is better, and for what", "compare")],
        "On SageMaker": [
            entry("cloud/endpoints.py", "Endpoints", "cloud_upload", "Deploy, try and publish a model", "endpoints"),
            entry("cloud/transform.py", "Score a big table", "dns", "On several machines of SageMaker", "transform"),
            entry("cloud/running.py", "Running on AWS", "cloud", "What it costs, until when; take it down", "running"),
        ],
    }
)
with st.sidebar:
    ui.show_model_in_use()
    ui.show_running_jobs()
    show_costs()
page.run()
# Not before: two threads that import at once would keep the first page from being drawn.
ui.warm_up()
