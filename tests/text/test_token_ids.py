"""Token ids: known ones from the vocabulary, unknown ones described once and cached within limits."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sentiment.text import token_ids
from sentiment.text.token_ids import TokenIds, UnknownToken
from sentiment.text.vocabulary import UNKNOWN, Vocabulary

VOCABULARY = Vocabulary(["<padding>", "<unknown>", "good", "bad"])


@pytest.fixture
def described():
    return []


@pytest.fixture
def ids(described):
    def describe(token):
        described.append(token)
        return UnknownToken(UNKNOWN, UNKNOWN, token, 0)

    return TokenIds(VOCABULARY, describe)


def test_known_tokens_have_their_ids(ids, described):
    found, unknown = ids.find(["bad", "good", "bad"])
    assert found.tolist() == [3, 2, 3]
    assert found.dtype == "int32"
    assert unknown == described == []
    assert ids.find([])[0].tolist() == []


def test_unknown_tokens_are_described_once_and_named_by_their_place(ids, described):
    ids.find(["kettle", "good", "lamp", "kettle"])
    found, unknown = ids.find(["lamp", "good", "kettle"])
    assert [unknown[~number].written if number < 0 else number for number in found.tolist()] == ["lamp", 2, "kettle"]
    assert described == ["kettle", "lamp"]


def test_what_is_remembered_is_bounded_in_letters_and_texts_under_way_stay_whole(ids, described, monkeypatch):
    monkeypatch.setattr(token_ids, "_MOST_LETTERS", 100)
    tokens = [f"{number:030}" for number in range(20)]
    found, unknown = ids.find(tokens)
    assert [unknown[~number].written for number in found.tolist()] == tokens
    ids.find(["good"])
    assert len(ids.find(["lamp"])[1]) < 20
    ids.find(["x" * 101])
    assert ids.find(["good"])[1] == []


def test_threads_that_meet_the_same_tokens_agree(ids):
    texts = [[f"w{number % 97}", "good", f"v{number % 89}"] * 20 for number in range(400)]

    def as_written(tokens):
        found, unknown = ids.find(tokens)
        return ["good" if number == 2 else unknown[~number].written for number in found.tolist()]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(as_written, texts)) == texts
