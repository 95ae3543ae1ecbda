"""Drivers of the verdicts: the phrases of the unhappy and of the happy, with quotes and links to their rows."""

from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from pages.results.facts import Scored, View, cached, model_obstacle, predictor_of
from pages.results.filter_bar import narrow
from pages.shared import ui
from pages.shared.navigation import redraw_page
from sentiment.answers.outcome import Mask
from sentiment.answers.phrases.drivers import Driver, Drivers, drivers
from sentiment.answers.phrases.effects import MOST_REVIEWS, SampledEffects, sample_effects
from sentiment.answers.phrases.quotes import Quote, quotes
from sentiment.display import review_html
from sentiment.explanation.effects import with_marks
from sentiment.system.background import BackgroundLook
from sentiment.wording import counted, percent, tenths

Side = Literal["negative", "positive"]
TITLES: dict[Side, str] = {"negative": "What the unhappy write", "positive": "What the happy write"}
HEIGHT = 320
TENTHS = "%.1f\N{NO-BREAK SPACE}%%"
MOST_NAMED = 6


def show_drivers(scored: Scored, view: View) -> None:
    """Draw the phrases that are more frequent on one side than chance allows."""
    st.header("What drives it", anchor=False)
    with st.spinner("Counting phrases"):
        found: Drivers = cached(
            scored, f"drivers {view.key}", lambda: drivers(scored.facts.phrases, scored.facts.scores, view.mask)
        )
    if not found.compared:
        both = found.negative_reviews and found.positive_reviews
        st.caption(
            "No phrase appears in enough of these reviews to be compared."
            if both
            else "Phrases are compared between negative and positive reviews; these rows do not have both."
        )
        return
    st.caption(about(found, int(view.mask.sum())))
    if not found.negative and not found.positive:
        st.info("Nothing stands out more than chance.", icon=":material/info:")
        return
    effects = ask_effects(scored, view)
    left, right = st.columns(2, gap="medium")
    with left:
        show_side(scored, view, "negative", found.negative, effects)
    with right:
        show_side(scored, view, "positive", found.positive, effects)


def about(found: Drivers, rows: int) -> str:
    """Return in sentences how many of the rows were counted."""
    sample = f" Counted in a sample of {found.counted_rows:,} rows." if found.counted_rows < rows else ""
    select = " Select one to read quotes." if found.negative or found.positive else ""
    return (
        f"Words and phrases that appear more often in the {counted(found.negative_reviews, 'negative review')} or in "
        f"the {counted(found.positive_reviews, 'positive one')} than chance allows, of {found.compared:,} compared."
        f"{sample}{select}"
    )


def ask_effects(scored: Scored, view: View) -> SampledEffects | None:
    """Draw the choice to compare with the model's reactions; return them, or None if not requested or not ready."""
    obstacle = model_obstacle(scored)
    asked = st.toggle(
        "Compare with what the model reacted to",
        key="show_effects",
        persist_state="session",
        disabled=bool(obstacle),
        help=obstacle or f"Explains {MOST_REVIEWS} of the rows and adds up the effect of each phrase: some seconds",
    )
    if not asked or obstacle:
        return None
    work = _explained(f"{scored.path} {view.key}", scored, view)
    if work.error:
        st.error(ui.plain(work.error), icon=":material/error:")
    elif work.value is None:
        st.fragment(_wait_for_effects, run_every="1s")(work)
    return work.value


@st.cache_resource(max_entries=16, show_spinner=False)
def _explained(identity: str, _scored: Scored, _view: View) -> BackgroundLook[SampledEffects]:
    """Return the explanation of a sample of a view, which has been started."""
    work = BackgroundLook(partial(_explain, _scored, _view))
    work.renew(0)
    return work


def _explain(scored: Scored, view: View) -> SampledEffects:
    from sentiment.explanation.attribution import word_effects  # imports torch

    assert scored.request.model is not None  # otherwise there is an obstacle
    predictor = ui.predictor_for_thread(scored.request.model)
    return sample_effects(scored.facts, view.mask, partial(word_effects, predictor))


def _wait_for_effects(work: BackgroundLook[SampledEffects]) -> None:
    """State that rows are being explained. A fragment: it reruns every second until that is done."""
    if work.value is not None or work.error:
        redraw_page()
    st.caption(f":material/pending: Explaining {MOST_REVIEWS} of the rows")


def show_side(
    scored: Scored, view: View, side: Side, found: tuple[Driver, ...], effects: SampledEffects | None
) -> None:
    """Draw the phrases of one side as a table, and the selected one with its quotes."""
    st.markdown(f"**{TITLES[side]}**")
    if not found:
        st.caption("Nothing stands out more than chance.")
        return
    event: Any = st.dataframe(
        driver_table(found, effects),
        key=f"drivers {side} {scored.job.id} {view.key}",
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * len(found)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "phrase": st.column_config.TextColumn(width=115),
            "negative": st.column_config.NumberColumn(format=TENTHS, width=70, help="Share of negative rows with it"),
            "positive": st.column_config.NumberColumn(format=TENTHS, width=70, help="Share of positive rows with it"),
            "rows": st.column_config.NumberColumn(format="localized", width=55),
            "effect": st.column_config.NumberColumn(
                format="%+.2f", width=60, help="Mean effect on the score in log-odds; below 0 is towards negative"
            ),
            "z": st.column_config.NumberColumn(format="%.1f", width=45, help="Standard errors away from chance"),
        },
        alt=f"{TITLES[side]}: " + "; ".join(driver_in_words(one) for one in found[:3]),
    )
    if effects is not None:
        st.caption(ui.plain(reactions_in_words(effects, side)))
    chosen = event["selection"]["rows"]
    if chosen and chosen[0] < len(found):
        show_driver(scored, view.mask, side, found[chosen[0]])


def driver_table(found: tuple[Driver, ...], effects: SampledEffects | None) -> pd.DataFrame:
    """Return one row per phrase: the phrase, its shares of both sides in percent, its rows, its |z| and its effect."""
    rows = [(one.phrase, 100 * one.negative_share, 100 * one.positive_share, one.rows, abs(one.z)) for one in found]
    frame = pd.DataFrame(rows, columns=["phrase", "negative", "positive", "rows", "z"])
    if effects is None:
        return frame
    known = [effects.of(one.phrase) for one in found]
    return frame.assign(effect=[None if one is None else one.mean for one in known])


def reactions_in_words(effects: SampledEffects, side: Side) -> str:
    """Return in a sentence the phrases that moved the scores of the sample most towards a side."""
    towards_negative, towards_positive = effects.strongest(MOST_NAMED)
    strongest = towards_negative if side == "negative" else towards_positive
    reactions = ", ".join(f"{one.phrase} ({one.total:+.1f})".replace("-", "−") for one in strongest)
    sample = f"In {counted(effects.reviews, 'explained review')}, the model was moved most towards {side} by"
    return f"{sample}: {reactions}." if reactions else f"{sample} no phrase that occurs three times."


def driver_in_words(driver: Driver) -> str:
    """Return the frequency of a phrase: "smelled of damp: 9.1 % of negative, 0.3 % of positive reviews"."""
    shares = f"{tenths(driver.negative_share)} of negative, {tenths(driver.positive_share)} of positive reviews"
    return f"{driver.phrase}: {shares}"


def show_driver(scored: Scored, mask: Mask, side: Side, driver: Driver) -> None:
    """Draw a phrase with three quotes, and the button that filters the page by it."""
    with st.container(border=True):
        st.markdown(f"**{ui.plain(driver.phrase)}**")
        st.caption(ui.plain(driver_in_words(driver).partition(": ")[2]) + f" · {counted(driver.rows, 'row')}")
        if driver.variants:
            st.caption(ui.plain(f"Includes: {', '.join(driver.variants)}"))
        with st.spinner("Reading quotes"):
            for quote in quotes(scored.facts, mask, driver.phrase, positive=side == "positive"):
                show_quote(scored, quote)
        st.button(
            f"Show {counted(driver.rows, 'row')}",
            key=f"show {side} {driver.phrase}",
            icon=":material/filter_alt:",
            on_click=partial(narrow, phrase=driver.phrase),
        )


def show_quote(scored: Scored, quote: Quote) -> None:
    """Draw a quote, its words tinted by their effect on the score if the model is on this machine."""
    from pages.score.why import words_of  # imports the explanation, which a page without quotes does not need

    if model_obstacle(scored):
        st.markdown(f"> {ui.plain(quote.text)}")
    else:
        predictor = predictor_of(scored)
        words = words_of(f"{predictor.fingerprint} {quote.text}", predictor, quote.text)
        st.html(review_html.highlighted(quote.text, with_marks(quote.text, words.passages)))
    st.caption(f"Row {quote.row + 1:,} · {percent(quote.probability)} positive")
