"""Measure compiled libraries on the same work: tokens by Hugging Face `tokenizers`, CSV by Arrow.

Both run on one thread and do what our code does.
"""

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sentiment.text.cleaning import clean
from sentiment.text.reader import Reader
from sentiment.text.vocabulary import Vocabulary

_TOKEN = r"n't|'(?:[sdm]|re|ve|ll)\b|[:;=][-'o]?(?:[()\[\]/|\\*]|[dp]\b)|<3\b|[!?.,]|[^\W_]+?(?=n't|[^\w]|_|$)"


def compiled_ids(vocabulary: Vocabulary) -> Callable[[str], list[int]]:
    """Return the preset `modern` as a pipeline of `tokenizers`, except for typing errors and addresses."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    made: Any = Tokenizer(models.WordLevel({word: place for place, word in enumerate(vocabulary.tokens)}, "<unknown>"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Split(Regex(_TOKEN), "removed", invert=True)

    def ids(review: str) -> list[int]:
        found: list[int] = made.encode(clean(review), add_special_tokens=False).ids
        return found

    return ids


def plain_ids(reader: Reader) -> Callable[[str], Sequence[int]]:
    """Return our equivalent: cleaning, tokens, ids."""
    return lambda review: reader.vocabulary.encode(reader.tokenizer.tokens(clean(review))).tolist()


def agreement(reviews: Sequence[str], reader: Reader) -> float:
    """Return the share of reviews, 0 to 1, for which both give the same ids."""
    ours, theirs = plain_ids(reader), compiled_ids(reader.vocabulary)
    return sum(list(ours(review)) == theirs(review) for review in reviews) / len(reviews)


def arrow_rows(path: Path) -> int:
    """Read a CSV of one column with Arrow into Python strings; return the number of rows."""
    from pyarrow import csv as arrow

    table = arrow.read_csv(
        path,
        read_options=arrow.ReadOptions(use_threads=False),
        parse_options=arrow.ParseOptions(newlines_in_values=True),
    )
    return len(table.column(0).to_pylist())


def plain_rows(path: Path) -> int:
    """Read the CSV with Python's own reader; return the number of rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1
