"""Words and emoji that label reviews, in the languages in which reviews are most often labelled."""

import re

from sentiment.data.examples import NEGATIVE, POSITIVE

# fmt: off
_NEGATIVE = frozenset(
    {
        "negative", "neg", "very negative", "bad", "very bad", "no", "n", "false", "f", "not recommended",
        "not recommend", "do not recommend", "don't recommend", "would not recommend", "does not recommend",
        "doesn't recommend", "thumbs down", "thumbsdown", "dislike", "disliked", "dissatisfied", "unsatisfied",
        "very dissatisfied", "somewhat dissatisfied", "extremely dissatisfied", "unhappy", "poor", "terrible",
        "rotten", "detractor", "detractors", "very unhappy", "not happy", "not satisfied", "very poor", "awful",
        "horrible", "worst", "hate", "hated", "disagree", "strongly disagree", "somewhat disagree", "unlikely",
        "very unlikely", "extremely unlikely", "down", "sad",
        "👎", "😡", "😠", "😞", "🙁", "☹", "💔", "❌", "😢",
        "negativ", "nein", "schlecht", "sehr schlecht", "négatif", "négative", "non", "mauvais", "très mauvais",
        "negativo", "negativa", "malo", "muy malo", "mala", "não", "ruim", "péssimo", "negatief", "nee", "slecht",
        "dålig", "dårlig", "nej", "nei", "huono", "negatywny", "negatywna", "zły", "negativní", "негативный",
        "негативная", "отрицательный", "отрицательная", "плохо", "нет", "негативний", "olumsuz", "kötü", "سلبي",
        "سلبية", "नकारात्मक", "负面", "消极", "差评", "負面", "ネガティブ", "否定的", "悪い", "부정", "부정적",
        "negatif", "tiêu cực", "αρνητικό", "negatív", "שלילי",
    }
)
_POSITIVE = frozenset(
    {
        "positive", "pos", "very positive", "good", "very good", "yes", "y", "true", "t", "recommended", "recommend",
        "recommends", "would recommend", "highly recommended", "thumbs up", "thumbsup", "like", "liked", "satisfied",
        "very satisfied", "somewhat satisfied", "extremely satisfied", "happy", "excellent", "great", "fresh",
        "certified fresh", "promoter", "promoters", "p", "very happy", "love", "loved", "amazing", "agree",
        "strongly agree", "somewhat agree", "likely", "very likely", "extremely likely", "up",
        "👍", "😀", "😃", "😄", "😊", "🙂", "😍", "❤", "✅", "✔",
        "positiv", "ja", "gut", "sehr gut", "positif", "oui", "bon", "très bon", "très bien", "bien",
        "positivo", "positiva", "sí", "si", "sì", "bueno", "muy bueno", "buena", "sim", "bom", "ótimo", "positief",
        "goed", "bra", "god", "hyvä", "pozytywny", "pozytywna", "dobry", "pozitivní", "позитивный", "позитивная",
        "положительный", "положительная", "хорошо", "да", "позитивний", "olumlu", "iyi", "إيجابي", "إيجابية",
        "सकारात्मक", "正面", "积极", "好评", "積極", "ポジティブ", "肯定的", "良い", "긍정", "긍정적", "tích cực",
        "θετικό", "pozitív", "חיובי",
    }
)
_LEFT_OUT = frozenset(
    {
        "", "neutral", "mixed", "uncertain", "unscored", "unknown", "na", "n/a", "nan", "none", "null", "ok", "okay",
        "average", "fair", "passive", "passives", "neither", "other", "neu", "neither agree nor disagree",
        "neither satisfied nor dissatisfied", "offered", "unoffered", "not offered", "not rated",
        "😐",
        "befriedigend", "gemischt", "neutre", "moyen", "neutro", "neutra", "regular", "neutraal", "neutralny",
        "neutrální", "нейтральный", "нейтральная", "nötr", "محايد", "तटस्थ", "中性", "中评", "中立", "중립", "netral",
        "trung tính", "ουδέτερο", "semleges", "ניטרלי",
    }
)
# fmt: on
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_BESIDE = re.compile(r"^(?:i|we) |(?: (?:reviews?|sentiment|feedback|with comment))?(?: ?\(\d[\d.,]*%?\))?\Z")


def word_label(value: str) -> int | None:
    """Return the label that a value, as written by `normalised`, means as a word or an emoji; None for another value.

    Examples:
        >>> word_label("not_recommended"), word_label("👍🏽"), word_label("positive (0.93)"), word_label("purple")
        (0, 1, 1, None)
    """
    form = _bare(value)
    return NEGATIVE if form in _NEGATIVE else POSITIVE if form in _POSITIVE else None


def is_left_out(value: str) -> bool:
    """Return whether a value means neither negative nor positive, such as "neutral"."""
    return not value or _bare(value) in _LEFT_OUT


def _bare(value: str) -> str:
    """Return the value without what stands beside its word; itself if nothing else is left."""
    form = re.sub(r"[\s_-]+", " ", _SKIN_TONES.sub("", value)).strip()
    return _BESIDE.sub("", form) or value
