"""The explanation below a verdict: words, sentences or the reading trace, each computed when it is shown."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import ui
from sentiment.display import review_charts, review_html
from sentiment.display.review_html import Part
from sentiment.explanation.effects import Passage, Step, Words, probability_without, with_marks
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
    with st.spinner("Explaining the score"):
        if view == "Words":
            draw_words(text, words_of(*asked))
        elif view == "Sentences":
            draw_sentences(text, parts_of(*asked), prediction.probability)
        else:
            draw_trace(text, trace_of(*asked), predictor)


def draw_words(text: str, words: Words) -> None:
    """Draw the review with its words tinted, or state that the effects are not reliable."""
    if not words.complete:
        st.info(
            f"The effects of the words do not add up for this review: they miss {percent(words.gap)} of the score. "
            "They are not shown; look at the sentences or the reading trace.",
            icon=":material/info:",
        )
        draw_text(text, [replace(passage, effect=0.0) for passage in words.passages])
        return
    passages = with_marks(text, words.passages)
    draw_text(text, passages)
    if strongest := review_html.strongest(passages):
        named = ", ".join(f"{named_word(text[one.start : one.end])} {signed(one.effect)}" for one in strongest)
        st.markdown(f"**Strongest** {named}")
    st.caption(
        f"{CAVEAT.format('words')} Numbers are log-odds, relative to a review of unknown words; "
        "punctuation counts with the word that it touches."
    )


def draw_text(text: str, passages: Sequence[Passage]) -> None:
    """Draw the review with the passages tinted, and the legend."""
    with st.container(height=420 if len(text) > LONG else "content", border=True):
        st.html(review_html.highlighted(text, passages))
    if legend := review_html.legend(passages):
        st.html(legend)


def draw_sentences(text: str, parts: Sequence[Part], probability: float) -> None:
    """Draw the sentences and clauses, each with the verdict on it alone and that on the review without it."""
    if not parts:
        st.info("The review is a single sentence, so there is nothing to compare.", icon=":material/info:")
        return
    with st.container(height=420 if len(parts) > 10 else "content", border=True):
        st.html(review_html.sentence_list(text, parts))
    st.html(review_html.legend([part.passage for part in parts]))
    st.caption(
        "Each line says how the model reads that part alone, and what the probability of positive would be without it; "
        f"with all of them it is {percent(probability)}. {CAVEAT.format('sentences')}"
    )


def draw_trace(text: str, steps: Sequence[Step], predictor: "Predictor") -> None:
    """Draw the probability after each word, and state where it changed most."""
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
    """Return a word of the review as Markdown, without its punctuation; a lone punctuation mark is in quotes."""
    return ui.plain(re.sub(r"^\W+|\W+$", "", word) or f"“{word}”")


def signed(effect: float) -> str:
    """Return an effect with its sign."""
    return f"{effect:+.2f}".replace("-", "−")


def identity(predictor: "Predictor", review: str) -> str:
    """Return all inputs of an explanation as one text: Streamlit's cache can confuse two separate ones."""
    return f"{predictor.fingerprint} {review}"


@st.cache_data(max_entries=200, show_spinner=False)
def words_of(identity: str, _predictor: "Predictor", _review: str) -> Words:
    """Return the effects of the words, computed once."""
    from sentiment.explanation.attribution import word_effects

    return word_effects(_predictor, _review)


@st.cache_data(max_entries=200, show_spinner=False)
def parts_of(identity: str, _predictor: "Predictor", _review: str) -> tuple[Part, ...]:
    """Return the sentences and clauses with their effects and the verdict on each alone, computed once."""
    from sentiment.explanation.attribution import sentence_effects

    passages, text = sentence_effects(_predictor, _review), clean(_review)
    whole, *alone = _predictor.score([_review, *(text[one.start : one.end] for one in passages)])
    return tuple(
        Part(one, verdict, probability_without(one, whole.probability or 0.0))
        for one, verdict in zip(passages, alone, strict=True)
    )


@st.cache_data(max_entries=200, show_spinner=False)
def trace_of(identity: str, _predictor: "Predictor", _review: str) -> tuple[Step, ...]:
    """Return the reading trace, computed once."""
    from sentiment.explanation.attribution import reading_trace

    return reading_trace(_predictor, _review)
