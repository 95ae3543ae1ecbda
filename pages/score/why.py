"""Why a review got its score, drawn below a verdict: words, sentences or the reading trace, each made when shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import ui
from sentiment.display import review_charts, review_html
from sentiment.explanation.effects import Passage, Step, Words, probability_without
from sentiment.prediction import Prediction
from sentiment.text.cleaning import clean
from sentiment.wording import percent

if TYPE_CHECKING:
    from sentiment.model.predictor import Predictor

VIEWS = ("Words", "Sentences", "Reading trace")
LONG = 2_500
CAVEAT = "These {} influenced the score; they don't prove the reason."


def show_why(predictor: "Predictor", review: str, prediction: Prediction) -> None:
    """Draw the section on why `review` got `prediction`; for an unscored one, what the model could not read."""
    if not prediction.tokens_total:
        return
    st.header("Why", anchor=False)
    text = clean(review)
    asked = (identity(predictor, review), predictor, review)
    if prediction.probability is None:
        st.caption("Nothing was scored, so no word has an effect. Words with a dashed line are unknown.")
        draw_text(text, words_of(*asked).passages)
        return
    view = st.segmented_control(
        "What influenced the score",
        VIEWS,
        default=VIEWS[0],
        required=True,
        format_func=ui.option,
        key="why_view",
        label_visibility="collapsed",
        persist_state="session",
    )
    with ui.working("Explaining the score"):
        if view == "Words":
            draw_words(text, words_of(*asked))
        elif view == "Sentences":
            draw_sentences(text, sentences_of(*asked), prediction.probability)
        else:
            draw_trace(text, trace_of(*asked), predictor)


def draw_words(text: str, words: Words) -> None:
    """Draw the review with its words tinted, or say that the effects cannot be trusted."""
    if not words.complete:
        st.info(
            f"The effects of the words do not add up for this review: they miss {percent(words.gap)} of the score. "
            "They are not shown; look at the sentences or the reading trace.",
            icon=":material/info:",
        )
        draw_text(text, [replace(passage, effect=0.0) for passage in words.passages])
        return
    draw_text(text, words.passages)
    if strongest := review_html.strongest(words.passages):
        named = ", ".join(f"{named_word(text[one.start : one.end])} {signed(one.effect)}" for one in strongest)
        st.markdown(f"**Strongest** {named}")
    st.caption(f"{CAVEAT.format('words')} Numbers are log-odds, relative to a review of unknown words.")


def draw_text(text: str, passages: Sequence[Passage]) -> None:
    """Draw the review with the passages tinted, and the legend."""
    with st.container(height=420 if len(text) > LONG else "content", border=True):
        st.html(review_html.highlighted(text, passages))
    if legend := review_html.legend(passages):
        st.html(legend)


def draw_sentences(text: str, sentences: Sequence[Passage], probability: float) -> None:
    """Draw the sentences, tinted, each with the probability that the review would have without it."""
    if not sentences:
        st.info("The review is a single sentence, so there is nothing to compare.", icon=":material/info:")
        return
    rows = [(one, probability_without(one, probability)) for one in sentences]
    with st.container(height=420 if len(rows) > 15 else "content", border=True):
        st.html(review_html.sentence_list(text, rows))
    st.html(review_html.legend(sentences))
    st.caption(
        f"{CAVEAT.format('sentences')} With all of them the probability of positive is {percent(probability)}; "
        "each line says what it would be without that sentence."
    )


def draw_trace(text: str, steps: Sequence[Step], predictor: "Predictor") -> None:
    """Draw the probability after each word, and say where it turned most."""
    calibration = predictor.bundle.config.calibration
    caption = (
        f"From {percent(steps[0].probability)} after the first word to {percent(steps[-1].probability)} at the end."
    )
    if turn := review_charts.largest_turn(steps):
        before, after = turn
        caption += (
            f" The largest turn is from {percent(before.probability)} to {percent(after.probability)}, "
            f"on “{ui.plain(text[before.end : after.end].strip())}”."
        )
    chart = review_charts.reading_trace(text, steps, calibration.low, calibration.high)
    st.altair_chart(chart, key="reading_trace", alt=f"Probability of positive after each word. {caption}")
    st.markdown(caption)
    st.caption("The probability after each word. In the grey band the model is uncertain.")


def named_word(word: str) -> str:
    """Return a word of the review as Markdown; a mark such as a comma stands in quotes, or it would be read as ours."""
    return ui.plain(word if any(map(str.isalnum, word)) else f"“{word}”")


def signed(effect: float) -> str:
    """Write an effect with its sign."""
    return f"{effect:+.2f}".replace("-", "−")


def identity(predictor: "Predictor", review: str) -> str:
    """Return what an explanation depends on as one text: Streamlit's cache can confuse two."""
    return f"{predictor.fingerprint} {review}"


@st.cache_data(max_entries=200, show_spinner=False)
def words_of(identity: str, _predictor: "Predictor", _review: str) -> Words:
    """Return the effects of the words, computed once."""
    from sentiment.explanation.attribution import word_effects

    return word_effects(_predictor, _review)


@st.cache_data(max_entries=200, show_spinner=False)
def sentences_of(identity: str, _predictor: "Predictor", _review: str) -> tuple[Passage, ...]:
    """Return the effects of the sentences, computed once."""
    from sentiment.explanation.attribution import sentence_effects

    return sentence_effects(_predictor, _review)


@st.cache_data(max_entries=200, show_spinner=False)
def trace_of(identity: str, _predictor: "Predictor", _review: str) -> tuple[Step, ...]:
    """Return the reading trace, computed once."""
    from sentiment.explanation.attribution import reading_trace

    return reading_trace(_predictor, _review)
