"""The report cards part of the compare page: figures, charts and behaviour tests, side by side."""

import pandas as pd
import streamlit as st

from pages.shared import ui
from sentiment.display import model_charts, report_table
from sentiment.display.model_charts import Figures
from sentiment.display.report_table import Cards
from sentiment.wording import tenths

MEANINGS = """
- **BCE** binary cross-entropy, in nats: distance of probabilities from labels. Lower is better, 0.693 is chance.
- **ECE** expected calibration error: by how much a stated probability misses, on average. 0 is perfect.
- **Decided** the reviews outside the model's uncertain band, and how often it is right about them.
- **Stars** the mean distance from the stars given, on a scale of ten, and Spearman's rank correlation.
- **Speed** text to prediction on the machine and at the time of training; other machines differ.
"""

TESTS = """
Short sentences with an undisputed verdict, written for this project; a model passes those where it agrees.

- **vocabulary** plain praise and blame, of films and of other things
- **terse** the same in few words: "dreadful plot, weak cast"
- **negation** "not good", "hardly good", "nobody says that it is good", "not bad"
- **agreement** a "not" that does not reverse the verdict: "dreadful, no plot at all", "superb, I could not look away"
- **time** what used to be good or bad, and no longer is
- **questions** a question and its answer: "Is it good? No."
- **others** what others say, against what the reviewer says
- **intensity** "very", "somewhat" or one sentence more move the probability the right way
- **typos**, **names**, **places**, **topics**, **links**, **markup**, **case** what must not change a verdict: a \
typing error, another name, place or topic, a link, HTML, capitals
"""


def show_cards(cards: Cards) -> None:
    """Draw the complete report cards of the models."""
    st.header("Report cards", anchor=False)
    for caution in report_table.cautions(cards):
        st.caption(f":material/info: {ui.plain(caution)}")
    judged = report_table.comparable(cards)
    if len(judged) > 1:
        show_accuracy(judged)
    draw_table(report_table.figures(cards), "figure", "Figures of the report cards, one column per model")
    with st.popover("What the figures mean", type="tertiary", icon=":material/help:"):
        st.markdown(MEANINGS)
    if judged:
        show_curves(judged)
    show_behaviour(cards)


def show_accuracy(judged: Figures) -> None:
    """Draw the accuracy of the models, with confidence intervals."""
    facts = "; ".join(
        f"{name} {tenths(values['accuracy'])}, {tenths(values['accuracy_low'])} to {tenths(values['accuracy_high'])}"
        for name, values in judged.items()
    )
    st.altair_chart(model_charts.accuracy_intervals(judged), alt=f"Accuracy with its 95 % interval. {facts}")


def show_curves(judged: Figures) -> None:
    """Draw how well probabilities are calibrated, and the gain from leaving uncertain reviews undecided."""
    left, right = st.columns(2)
    errors = "; ".join(f"{name} {values['ece']:.3f}" for name, values in judged.items())
    left.markdown("**Can its probabilities be believed?**")
    left.altair_chart(
        model_charts.reliability_chart(judged),
        alt=f"Share of positive reviews by stated probability; expected calibration error: {errors}",
    )
    left.caption(
        "On the dotted line, of reviews called 80 % positive 80 % are. Larger points hold more reviews; "
        "no line leads to those of few."
    )
    bands = "; ".join(
        f"{name} decides {tenths(values['decided_share'])} and is wrong in {tenths(1 - values['decided_accuracy'])}"
        for name, values in judged.items()
        if values["decided_accuracy"] is not None
    )
    right.markdown("**How often is it wrong when it is sure?**")
    right.altair_chart(model_charts.risk_coverage_chart(judged), alt=f"Errors by share of reviews decided. {bands}")
    right.caption("The mark on a line is where the model's own uncertain band puts it.")


def show_behaviour(cards: Cards) -> None:
    """Draw the pass rates of the behaviour tests, and which models have not been tested."""
    st.markdown("**Behaviour tests**")
    found = report_table.behaviour(cards)
    if not found.empty:
        draw_table(found, "test", "Share of behaviour tests passed, by capability and model")
        with st.popover("What the tests ask", type="tertiary", icon=":material/help:"):
            st.markdown(TESTS)
        show_failures(cards)
    if untested := report_table.untested(cards):
        were = "was" if len(untested) == 1 else "were"
        st.caption(ui.plain(f"{', '.join(untested)} {were} trained before there were behaviour tests."))


def show_failures(cards: Cards) -> None:
    """Draw some of the behaviour tests that the models failed."""
    found = report_table.failures(cards)
    if found.empty:
        return
    with st.expander("Examples of failed tests"):
        st.dataframe(found, hide_index=True, alt="Behaviour tests that models have failed")


def draw_table(words: pd.DataFrame, rows: str, about: str) -> None:
    """Draw a table of words; `rows` is the heading of its row names. `st.table` renders Markdown: names are escaped."""
    named = words.map(ui.plain).rename(columns=ui.plain).reset_index(names=rows)
    st.table(named, hide_index=True, alt=about)
