"""Words that label reviews: the same meaning in many languages and spellings."""

import pytest

from sentiment.data.labels.mapping import suggest_mapping
from sentiment.data.labels.values import normalised
from sentiment.data.labels.words import is_left_out, word_label


@pytest.mark.parametrize(
    "words",
    [
        "Positivo Negativo Neutro",
        "Positiva Negativa Neutra",
        "positif négatif neutre",
        "positief negatief neutraal",
        "pozytywny negatywny neutralny",
        "позитивный негативный нейтральный",
        "olumlu olumsuz nötr",
        "إيجابي سلبي محايد",
        "सकारात्मक नकारात्मक तटस्थ",
        "正面 负面 中性",
        "好评 差评 中评",
        "ポジティブ ネガティブ 中立",
        "긍정 부정 중립",
        "positif negatif netral",
        "Promoters Detractors Passives",
        "👍🏽 👎🏽 😐",
        "✅ ❌ -",
        "Thumbs_Up thumbs-down n/a",
        "sí no",
        "Si No",
        "sim não",
    ],
)
def test_both_classes_are_found_in_any_language(words):
    positive, negative, *others = map(normalised, words.split())
    mapping = suggest_mapping("grade", dict.fromkeys((positive, negative, *(one for one in others if one != "-")), 50))
    assert (mapping.positive, mapping.negative) == ((positive,), (negative,))


@pytest.mark.parametrize("value", ["purple", "-", "3", "review", "(0.5)", "i ", "a good one", "not"])
def test_other_values_mean_nothing(value):
    assert word_label(value) is None
    assert not is_left_out(value)


def test_no_word_means_two_things():
    from sentiment.data.labels import words

    assert not words._NEGATIVE & words._POSITIVE
    assert not words._LEFT_OUT & (words._NEGATIVE | words._POSITIVE)
