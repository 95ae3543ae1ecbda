"""The well-known SageMaker tutorials' code path from a review to a verdict, for timing.

It asks NLTK for the stop list once per word, and NLTK reads its file each time; it stems without a cache, pads every
review to 500 words, and its endpoint takes one review at a time. The weights are random, since their values do not
affect the time.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from sentiment.text.cleaning import clean
from sentiment.text.stop_words import STOP_WORDS
from sentiment.text.tokenizer import tokenizer

_WORDS, _LENGTH = 5_000, 500
_PADDING, _UNKNOWN = 0, 1


class TutorialText:
    """Raw review to stems; `folder` is where the stop list is written and where NLTK finds it."""

    def __init__(self, folder: Path) -> None:
        import nltk.data
        from nltk.corpus.reader import WordListCorpusReader
        from nltk.stem.porter import PorterStemmer

        (folder / "english").write_text("\n".join(sorted(STOP_WORDS)) + "\n", encoding="utf-8")
        nltk.data.path.append(str(folder))  # NLTK reads only below its own directories
        self._corpus = WordListCorpusReader(str(folder), ["english"])
        self._stem = PorterStemmer().stem

    def tokens(self, review: str) -> list[str]:
        """Return the stems of the words that are not on the stop list."""
        from bs4 import BeautifulSoup

        plain = BeautifulSoup(review, "html.parser").get_text()
        words = re.sub(r"[^a-zA-Z0-9]", " ", plain.lower()).split()
        return [self._stem(word) for word in words if word not in self._corpus.words("english")]


class TutorialEndpoint:
    """Raw review to verdict, as one request; the vocabulary is built from `reviews`."""

    def __init__(self, text: TutorialText, reviews: Sequence[str]) -> None:
        tokens = tokenizer("classic").tokens  # the same stems, faster
        counts = Counter(token for review in reviews for token in tokens(clean(review)))
        self._ids = {word: number for number, (word, _) in enumerate(counts.most_common(_WORDS - 2), start=2)}
        self._text = text
        self._network = _TutorialNetwork().eval()

    @torch.no_grad()
    def verdict(self, review: str) -> int:
        """Return 1 for positive and 0 for negative."""
        ids = [self._ids.get(token, _UNKNOWN) for token in self._text.tokens(review)[:_LENGTH]]
        padded = ids + [_PADDING] * (_LENGTH - len(ids))
        probability = self._network(torch.tensor([padded]), torch.tensor([max(1, len(ids))]))
        return round(float(probability))


class _TutorialNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(_WORDS, 32, padding_idx=_PADDING)
        self.lstm = nn.LSTM(32, 100)
        self.head = nn.Linear(100, 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of the positive class (batch,) from the last word's state; padding is read, too."""
        states, _ = self.lstm(self.embedding(ids.T))
        last = states[lengths - 1, torch.arange(len(lengths))]
        probability: Tensor = self.head(last).squeeze(1).sigmoid()
        return probability
