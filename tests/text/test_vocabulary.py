"""Tokens to ids and back, in memory and on disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import BundleError
from sentiment.text.vocabulary import PADDING, UNKNOWN, Vocabulary

TOKEN = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp"], exclude_characters="\n\r\t\v\f "), min_size=1, max_size=8
)
TEXTS = [["the", "film", "film"], ["a", "film", "the"], ["rare"]]


def test_commonest_come_first_and_ties_in_alphabetical_order():
    assert Vocabulary.build(TEXTS, 10).tokens == ("<padding>", "<unknown>", "film", "the", "a", "rare")


def test_the_order_of_the_texts_does_not_matter():
    assert Vocabulary.build(reversed(TEXTS), 10).tokens == Vocabulary.build(TEXTS, 10).tokens


def test_size_counts_the_reserved_ids_and_rare_tokens_stay_out():
    assert len(Vocabulary.build(TEXTS, 3)) == 3
    assert Vocabulary.build(TEXTS, 10, minimum_count=2).tokens[2:] == ("film", "the")


def test_unknown_tokens_read_as_unknown():
    vocabulary = Vocabulary.build(TEXTS, 10)
    assert vocabulary.encode(["film", "zzq"]).tolist() == [2, UNKNOWN]
    assert "film" in vocabulary
    assert "zzq" not in vocabulary
    assert vocabulary.decode([PADDING, UNKNOWN]) == ["<padding>", "<unknown>"]


@given(st.lists(st.lists(TOKEN, max_size=10), max_size=6))
def test_what_is_known_comes_back(texts):
    vocabulary = Vocabulary.build(texts, 1_000)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text


@given(texts=st.lists(st.lists(TOKEN, max_size=10), max_size=6))
def test_saved_and_loaded_it_is_the_same(tmp_path_factory, texts):
    vocabulary = Vocabulary.build(texts, 1_000)
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.txt"
    vocabulary.save(path)
    assert Vocabulary.load(path).tokens == vocabulary.tokens
    assert path.read_bytes().decode().split("\n")[:-1] == list(vocabulary.tokens)


@pytest.mark.parametrize(
    "content",
    [b"", b"film\nthe\n", b"<padding>\n<unknown>\nfilm\nfilm\n", b"\xff\xfe\x00", b"<unknown>\n<padding>\n"],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path, content):
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"vocabulary\.txt"):
        Vocabulary.load(path)
