"""A prediction in plain words: the verdict, its probability, and any caveats."""

from sentiment.prediction import Flag, Prediction, Sentiment
from sentiment.wording import counted, opening, percent

MEANINGS: dict[Sentiment, str] = {
    "positive": "The review is positive.",
    "negative": "The review is negative.",
    "uncertain": "Uncertain or mixed: on reviews like this one the model is wrong too often to decide.",
    "unscored": "There is nothing in it that this model can judge.",
}


def in_a_sentence(prediction: Prediction) -> str:
    """Return the verdict as a sentence to read aloud: "Positive, probability of positive 96 %."."""
    verdict = opening(prediction.sentiment)
    if prediction.probability is None:
        return f"{verdict}."
    return f"{verdict}, probability of positive {percent(prediction.probability)}."


def in_short(prediction: Prediction, star_scale: int | None = None) -> str:
    """Return the stars, if known, and how much was read: "4.2 of 5 stars · read 212 of 212 tokens".

    `star_scale` is the model's star scale; None if it is unknown.
    """
    scale = "" if star_scale is None else f" of {star_scale}"
    stars = [] if prediction.rating is None else [f"{prediction.rating:.1f}{scale} stars"]
    read = f"read {prediction.tokens_read:,} of {counted(prediction.tokens_total, 'token')}"
    return " · ".join([*stars, read])


def remarks(prediction: Prediction) -> list[str]:
    """Return a plain sentence for each flag of the prediction, and one for a few unknown words."""
    sentences = [sentence for flag in prediction.flags if (sentence := _remark(flag, prediction))]
    few_unknown = prediction.unknown_share > 0 and "unknown_words" not in prediction.flags
    if few_unknown and prediction.sentiment != "unscored":
        sentences.append(f"{_unknown(prediction)} of what was read is not in the vocabulary.")
    return sentences


def _remark(flag: Flag, prediction: Prediction) -> str:
    left_out = prediction.tokens_total - prediction.tokens_read
    no_verdict = prediction.sentiment == "unscored"
    return {
        "empty": "There are no words in it.",
        "short": "It has fewer than four words that the model knows: "
        + ("too little to judge." if no_verdict else "treat this verdict with caution."),
        "truncated": f"It is longer than this model reads: {left_out:,} tokens in the middle were not read.",
        "unknown_words": f"{_unknown(prediction)} of what was read is not in the vocabulary: "
        + ("too much to judge." if no_verdict else "treat this verdict with caution."),
        "not_english": "It does not seem to be English, the only language that this model reads.",
        "duplicate": "The same review appears more than once in the table.",
    }[flag]


def _unknown(prediction: Prediction) -> str:
    return percent(prediction.unknown_share)
