"""Which words and sentences moved the score, on a trained network."""

import dataclasses
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import torch

from sentiment.explanation import attribution
from sentiment.explanation.attribution import reading_trace, sentence_effects, word_effects
from sentiment.explanation.effects import Passage
from sentiment.model.architecture import Architecture
from sentiment.model.network import Network
from sentiment.model.phrases import Phrases
from sentiment.text.cleaning import clean
from sentiment.text.vocabulary import UNKNOWN

PRAISE = "The plot is wonderful and the cast is superb. The music is delightful."
BLAME = "The plot is awful and the cast is dreadful. The music is tedious."
LONG = "The music was fine and I saw it at home. " * 20


def log_odds(predictor, review):
    (prediction,) = predictor.score([review])
    return np.log(prediction.probability / (1 - prediction.probability))


def random_predictor(predictor, **shape):
    """The predictor with a fresh network of another shape, gentle enough for effects to add up."""
    torch.manual_seed(3)
    other = object.__new__(type(predictor))
    other.__dict__.update(predictor.__dict__)
    other.phrases = None
    sizes = {"embedding_size": 16, "hidden_size": 12} | shape
    levels = len(predictor.bundle.config.star_levels)
    other.network = Network(Architecture(**sizes), len(predictor.bundle.vocabulary), levels).eval()
    return other


def test_what_phrases_add_stands_on_their_words(predictor):
    """A word's effect is that of the network's gradients plus, exactly, its share of the phrases around it."""
    gentle = random_predictor(predictor)
    alone = [word.effect for word in word_effects(gentle, PRAISE).passages]
    ids = gentle.reader.ids(PRAISE)
    words = len(gentle.reader.vocabulary)
    gentle.phrases = Phrases(np.array([ids[0] + ids[1] * words]), np.array([3.0], dtype=np.float32), words)
    added = np.array([word.effect for word in word_effects(gentle, PRAISE).passages]) - np.array(alone)
    each = 1.5 / gentle.bundle.config.calibration.temperature
    assert added[:2] == pytest.approx([each, each])
    assert not added[2:].any()


@pytest.mark.parametrize("review", [PRAISE, BLAME])
def test_effects_of_words_add_up_to_the_distance_from_unknown_words(predictor, review):
    gentle = random_predictor(predictor)
    tokens = torch.from_numpy(gentle.reader.ids(review))[:, None].long()
    with torch.no_grad():
        ends = gentle.network.embedding(torch.cat([tokens, torch.full_like(tokens, UNKNOWN)], dim=1))
        verdicts = gentle.network.read(ends, torch.tensor([len(tokens)] * 2)).logit
    distance = float(verdicts[0] - verdicts[1]) / predictor.bundle.config.calibration.temperature
    words = word_effects(gentle, review)
    assert words.complete
    assert sum(word.effect for word in words.passages) == pytest.approx(distance, abs=1e-3)


@pytest.mark.parametrize(
    "shape",
    [
        {"cell": "gru"},
        {"bidirectional": False, "pooling": "last"},
        {"pooling": "attention+last"},
        {"convolution": 3, "stride": 2},
        {"layers": 2},
    ],
    ids=str,
)
def test_every_shape_of_network_can_be_explained(predictor, shape):
    other = random_predictor(predictor, **shape)
    assert word_effects(other, PRAISE).gap < 0.01
    assert len(sentence_effects(other, PRAISE)) == 2
    assert reading_trace(other, PRAISE)[-1].probability == pytest.approx(other.score([PRAISE])[0].probability, abs=1e-6)


def test_effects_are_in_log_odds_after_the_temperature(predictor):
    gentle = random_predictor(predictor)
    calibration = dataclasses.replace(gentle.bundle.config.calibration, temperature=2.0)
    config = dataclasses.replace(gentle.bundle.config, calibration=calibration)
    warm = random_predictor(predictor)
    warm.bundle = dataclasses.replace(gentle.bundle, config=config)
    ratio = 2.0 / predictor.bundle.config.calibration.temperature
    for explain in (lambda p: word_effects(p, PRAISE).passages, lambda p: sentence_effects(p, PRAISE)):
        whole, halved = explain(gentle), explain(warm)
        assert [one.effect for one in whole] == pytest.approx([one.effect * ratio for one in halved], abs=1e-5)


def test_effects_in_a_long_review_count_as_its_calibration_has_it(predictor):
    """This holds for sentences, too: without one, the review is also shorter, which must not count as its effect."""
    gentle = random_predictor(predictor)
    settings = dataclasses.replace(gentle.bundle.config.calibration, length_power=0.5, short_shift=1.0)
    config = dataclasses.replace(gentle.bundle.config, calibration=settings)
    other = random_predictor(predictor)
    other.bundle = dataclasses.replace(gentle.bundle, config=config)
    ratio = (50 / len(gentle.reader.ids(PRAISE))) ** 0.5
    for explain in (lambda p: word_effects(p, PRAISE).passages, lambda p: sentence_effects(p, PRAISE)):
        plain, scaled = explain(gentle), explain(other)
        assert [one.effect for one in scaled] == pytest.approx([one.effect * ratio for one in plain], abs=1e-5)
    assert reading_trace(other, PRAISE)[-1].probability == pytest.approx(other.score([PRAISE])[0].probability, abs=1e-6)


def test_each_word_stands_where_it_is_in_the_cleaned_review(predictor):
    review = "The plot,<br />well: it's <b>wonderful</b> &amp; odd!"
    cleaned = clean(review)
    words = word_effects(predictor, review).passages
    spans = predictor.reader.tokenizer.spans(cleaned)
    assert [(word.start, word.end) for word in words] == [(span.start, span.end) for span in spans]


def test_an_unknown_word_is_marked(predictor):
    review = f"{PRAISE} Zzgblx."
    words = word_effects(predictor, review).passages
    assert [review[word.start : word.end] for word in words if not word.known] == ["Zzgblx"]
    assert all(word.read for word in words)
    assert words[-2].effect == 0.0


def test_a_typing_error_says_what_it_was_read_as(predictor):
    review = "The plot is wodnerful."
    (word,) = [word for word in word_effects(predictor, review).passages if not word.known]
    assert (review[word.start : word.end], word.read_as) == ("wodnerful", "wonderful")
    right = word_effects(predictor, "The plot is wonderful.").passages
    assert word.effect == next(one.effect for one in right if one.start == word.start) != 0


def test_words_that_the_length_cap_left_out_are_marked(predictor):
    words = word_effects(predictor, LONG).passages
    kept = predictor.reader.kept(len(words))
    assert [place for place, word in enumerate(words) if word.read] == kept
    assert len(kept) == 60 < len(words)
    assert all(word.effect == 0.0 for word in words if not word.read)


def test_the_effect_of_a_sentence_is_what_its_absence_changes(predictor):
    first, second = "The plot is wonderful.", "The cast is awful."
    effects = [one.effect for one in sentence_effects(predictor, f"{first} {second}")]
    whole = log_odds(predictor, f"{first} {second}")
    assert effects == pytest.approx([whole - log_odds(predictor, second), whole - log_odds(predictor, first)], abs=1e-3)


def test_praise_raises_and_blame_lowers(predictor):
    praise, blame = sentence_effects(predictor, "The plot is wonderful, I loved it. The cast is awful, avoid it.")
    assert praise.effect > blame.effect
    assert predictor.score([PRAISE])[0].probability > predictor.score([BLAME])[0].probability


def test_a_single_sentence_has_no_effect_of_its_own(predictor):
    assert sentence_effects(predictor, "The plot is wonderful") == ()


def test_sentences_that_were_not_read_have_no_part(predictor):
    sentences = sentence_effects(predictor, LONG)
    assert 2 <= len(sentences) < 20
    assert sentences[-1].end == len(LONG.strip())


def test_many_sentences_are_taken_together(predictor, monkeypatch):
    monkeypatch.setattr(attribution, "MAXIMUM_SENTENCES", 4)
    review = " ".join(f"I saw it {place}." for place in "at home with my sister on a long flight".split())
    sentences = sentence_effects(predictor, review)
    assert len(sentences) <= 4
    assert (sentences[0].start, sentences[-1].end) == (0, len(review))
    assert all(before.end < after.start for before, after in pairwise(sentences))


def test_the_trace_has_the_probability_of_each_beginning(predictor):
    steps = reading_trace(predictor, PRAISE)
    assert [step.tokens for step in steps] == list(range(1, 16))
    assert all(0 <= step.probability <= 1 for step in steps)
    for step in steps[4::3]:
        alone = predictor.score([PRAISE[: step.end]])[0].probability
        assert step.probability == pytest.approx(alone, abs=1e-5)


def test_a_long_trace_is_evenly_thinned_and_ends_with_the_whole_review(predictor, monkeypatch):
    monkeypatch.setattr(attribution, "MAXIMUM_PREFIXES", 7)
    steps = reading_trace(predictor, LONG)
    assert len(steps) == 7
    assert steps[-1].tokens == 60
    gaps = np.diff([step.tokens for step in steps])
    assert gaps.max() - gaps.min() <= 1
    assert steps[-1].end == len(LONG.strip())
    assert steps[-1].probability == pytest.approx(predictor.score([LONG])[0].probability, abs=1e-6)


@pytest.mark.parametrize("review", ["", "   ", "asdf qwer zxcv", "这部电影很好看"])
def test_what_is_unscored_has_marks_but_no_effects(predictor, review):
    words = word_effects(predictor, review)
    assert words.complete
    assert all(word.effect == 0.0 and not word.known for word in words.passages)
    assert sentence_effects(predictor, review) == ()
    assert reading_trace(predictor, review) == ()


def test_effects_that_do_not_add_up_are_said_to_be_incomplete(predictor, monkeypatch):
    monkeypatch.setattr(attribution, "_path_integral", lambda predictor, whole, *rest: np.zeros(len(whole)))
    assert not word_effects(predictor, PRAISE).complete


def test_explaining_leaves_the_network_as_it_was(predictor):
    before = {name: weight.clone() for name, weight in predictor.network.state_dict().items()}
    for explain in (word_effects, sentence_effects, reading_trace):
        explain(predictor, PRAISE)
    assert not predictor.network.training
    assert all(weight.grad is None for weight in predictor.network.parameters())
    assert all(torch.equal(before[name], weight) for name, weight in predictor.network.state_dict().items())


def test_several_threads_explain_and_score_at_once_with_the_same_results(predictor):
    reviews = [PRAISE, BLAME, LONG, f"{BLAME} {PRAISE}"] * 3
    expected = [word_effects(predictor, review) for review in reviews]
    scores = predictor.score(reviews)
    found: dict[int, object] = {}

    def explain(number):
        found[number] = (word_effects(predictor, reviews[number]), predictor.score(reviews))

    threads = [threading.Thread(target=explain, args=[number]) for number in range(len(reviews))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, words in enumerate(expected):
        explained, scored = found[number]
        assert [one.effect for one in explained.passages] == pytest.approx([o.effect for o in words.passages], abs=1e-5)
        assert [one.probability for one in scored] == pytest.approx([one.probability for one in scores], abs=1e-6)


def test_a_review_of_400_tokens_takes_at_most_a_few_seconds_of_one_core(predictor):
    full = random_predictor(predictor, embedding_size=128, hidden_size=64)
    full.reader = type(predictor.reader)("modern", predictor.bundle.vocabulary, 400)
    review = LONG * 3
    started = time.process_time()
    for explain in (word_effects, sentence_effects, reading_trace):
        explain(full, review)
    assert time.process_time() - started < 3


def test_records_are_plain(predictor):
    (passage, *_) = word_effects(predictor, PRAISE).passages
    assert type(passage) is Passage
    assert {type(value) for value in dataclasses.astuple(passage)} == {int, float, bool, str}
    assert type(word_effects(predictor, PRAISE).gap) is float
    assert {type(value) for step in reading_trace(predictor, PRAISE) for value in dataclasses.astuple(step)} == {
        int,
        float,
    }
