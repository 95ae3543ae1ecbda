"""Normalise the values of a label column, and convert them to stars."""

import re

from sentiment.data.examples import POSITIVE
from sentiment.data.labels.words import word_label

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_AMOUNT = r"(\d+(?:[.,]\d+)?)\s?(½)?"
_NUMBER_WORDS = {word: str(number) for number, word in enumerate("zero one two three four five".split())}
_STAR = (
    r"(?:stars?|sterne?n?|étoiles?|estrellas?|estrelas?|stell[ae]|sterren|ster|stjärnor|stjärna|gwiazd\w{0,3}|"
    r"звезд\w{0,2}|звёзд\w{0,2}|yıldız|[★⭐]\ufe0f?|つ?星|颗星)"
)
_UNIT = rf"(?:\s?(?:{_STAR}|bubbles?|points?))?"
# "4.0 out of 5 stars", "4/5", "4 of 5", "4 stars out of five", "4,0 von 5 Sternen"; "4 stars", "1 star"; "80 %"
_OUT_OF = re.compile(rf"{_AMOUNT}{_UNIT}\s?(?:out of|of|/|von|sur|su|de|van|av|af|z|из)\s?(\d+|five|ten){_UNIT}")
_OUT_OF_BEFORE = re.compile(rf"(\d+)\s?つ星のうち\s?{_AMOUNT}")
_MAXIMA = {"five": 5, "ten": 10}
_BUBBLES = re.compile(r"(?:\S+\s)?bubble_([0-5])([05])")  # as in pages of Tripadvisor: bubble_45 is 4.5 of 5
_STARS = re.compile(rf"{_AMOUNT}[\s-]?{_STAR}")
_STARS_BEFORE = re.compile(r"(?:[★⭐]\ufe0f?\s?|stars?[\s_-]?(?:rating)?[\s_-]?)([0-5](?:[.,]\d)?)")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s?%")
_HALF = re.compile(r"(\d*)\s?½")
_FULL, _EMPTY = "★⭐🌟✭●❤♥", "☆✩○♡🤍"
_DRAWN = re.compile(rf"((?:[{_FULL}]\ufe0f?)+)(½?)((?:[{_EMPTY}]\ufe0f?)*)|(\*{{1,5}})")
# "Rated 5 out of 5", "rating: 5", "__label__2" of fastText, "LABEL_1" of Hugging Face; "5 - excellent", "4 stars: good"
_BEFORE = re.compile(r"(?:rated|rating:?|score:?|__label__|label_)\s?(?=\S)")
_EXPLAINED = re.compile(rf"(?P<number>{_AMOUNT}(?:\s?{_STAR})?)\s?[-–:(]\s?(?P<words>[^\W\d_][^\d]*?)\)?")
_LEAST_HIGH, _MOST_LOW = 4, 2
_SPELT = re.compile(rf"({'|'.join(_NUMBER_WORDS)})([\s_]stars?)?")
_LONGEST = 40


def normalised(value: object) -> str:
    """Return the value in the form in which labels are compared: stripped, case-folded, "" if missing.

    1.0 and +1 are "1", "4.0 out of 5 stars" and ★★★★☆ are "4/5", "4 stars", "four" and "4 - good" are "4", 4½ is "4.5",
    "80 %" is "80%" and "LABEL_1" is "1". "1 - very good" is "very good", since its number is not one of stars.
    """
    text = "" if value is None else " ".join(str(value).split()).casefold()
    if len(text) > _LONGEST:
        return text
    text = _BEFORE.sub("", text.rstrip("."), count=1) if _BEFORE.match(text) else text.rstrip(".")
    if found := _EXPLAINED.fullmatch(text):
        text = found["words"] if _contradicts(found["number"], found["words"]) else found["number"].strip()
    if found := _SPELT.fullmatch(text):
        text = _NUMBER_WORDS[found[1]]
    if _NUMBER.fullmatch(text):
        return _written(_float(text))
    if found := _OUT_OF_BEFORE.fullmatch(text):
        whole, amount, half = found.groups()
        return f"{_written(_float(amount) + (0.5 if half else 0))}/{int(whole)}"
    if found := _OUT_OF.fullmatch(text):
        amount, half, whole = found.groups()
        return f"{_written(_float(amount) + (0.5 if half else 0))}/{_MAXIMA.get(whole) or int(whole)}"
    if found := _BUBBLES.fullmatch(text):
        return f"{_written(_float('.'.join(found.groups())))}/5"
    if found := _STARS.fullmatch(text):
        return _written(_float(found[1]) + (0.5 if found[2] else 0))
    if found := _PERCENT.fullmatch(text):
        return f"{_written(_float(found[1]))}%"
    if found := _HALF.fullmatch(text):
        return _written(int(found[1] or 0) + 0.5)
    if found := _STARS_BEFORE.fullmatch(text):
        return _written(_float(found[1]))
    if found := _DRAWN.fullmatch(text):
        full = _written(sum(map(text.count, _FULL + "*")) + (0.5 if found[2] else 0))
        empty = sum(map(text.count, _EMPTY))
        return f"{full}/{sum(map(text.count, _FULL)) + empty}" if empty else full
    return text


def number(value: str) -> float | None:
    """Return the number at the start of a normalised value, such as 4 for "4", "4/5" and "4%", or None."""
    amount = value.partition("/")[0].removesuffix("%")
    return float(amount) if _NUMBER.fullmatch(amount) else None


def own_scale(value: str) -> float | None:
    """Return the maximum that a normalised value states, such as 5 for "4/5" and 100 for "80%", or None."""
    amount, slash, whole = value.partition("/")
    if slash and whole.isdecimal() and _NUMBER.fullmatch(amount):
        return float(whole) or None
    return 100.0 if value.endswith("%") and _NUMBER.fullmatch(amount[:-1]) else None


def tenths(value: str, scale: float | None) -> float | None:
    """Return the value on the ten-star scale, at least 1, relative to the maximum that it states, else to `scale`."""
    amount, whole = number(value), own_scale(value) or scale
    return None if amount is None or whole is None else max(1.0, amount * 10 / whole)


def _contradicts(amount: str, words: str) -> bool:
    """Return whether a number of stars is explained as its opposite, as on a scale of marks: "1 - very good"."""
    digits = re.match(r"\d+(?:[.,]\d+)?", amount)
    if digits is None or (label := word_label(words)) is None:
        return False
    stars = _float(digits[0])
    return stars <= _MOST_LOW if label == POSITIVE else stars >= _LEAST_HIGH


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _written(amount: float) -> str:
    return f"{amount:.12g}"
