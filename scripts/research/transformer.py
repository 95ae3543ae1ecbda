"""A network of DistilBERT's shape (Sanh et al. 2019) with random weights, to measure its cost, not its accuracy."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from sentiment.text.cleaning import clean
from sentiment.text.tokenizer import tokenizer

_WORDS, _POSITIONS, _WIDTH = 30_522, 512, 768
_SPECIAL = 2  # each text gets a start and an end token
_BATCH = 16


class DistilBertShape(nn.Module):
    """Six layers of width 768 with 12 heads over 512 positions, and a head of two classes."""

    def __init__(self, precision: torch.dtype) -> None:
        super().__init__()
        self.words = nn.Embedding(_WORDS, _WIDTH)
        self.positions = nn.Embedding(_POSITIONS, _WIDTH)
        self.norm = nn.LayerNorm(_WIDTH)
        layer = nn.TransformerEncoderLayer(_WIDTH, 12, 3_072, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, 2))
        self.to(precision).eval()

    def forward(self, ids: Tensor, padding: Tensor) -> Tensor:
        """Return the logits (batch, 2) of ids (batch, time); `padding` (batch, time) is True where there is no text."""
        vectors = self.norm(self.words(ids) + self.positions(torch.arange(ids.shape[1])))
        logits: Tensor = self.head(self.encoder(vectors, src_key_padding_mask=padding)[:, 0])
        return logits

    @torch.inference_mode()
    def predict(self, reviews: Sequence[str]) -> list[int]:
        """Return 1 or 0 for each review, computed in batches of similar length.

        Its tokens are whole words; since word pieces would be more numerous, this slightly favours it.
        """
        tokens = tokenizer("modern").tokens
        ids = [_ids_of(tokens(clean(review))) for review in reviews]
        verdicts = [0] * len(reviews)
        for numbers in _batches(ids):
            padded = nn.utils.rnn.pad_sequence([ids[number] for number in numbers], batch_first=True, padding_value=-1)
            logits = self(padded.clamp(min=0), padded < 0)
            for number, verdict in zip(numbers, logits.argmax(1).tolist(), strict=True):
                verdicts[number] = verdict
        return verdicts


def _ids_of(tokens: list[str]) -> Tensor:
    """Return arbitrary ids, which do since the weights are random."""
    kept = tokens[: _POSITIONS - _SPECIAL]
    return torch.tensor([1, *(hash(token) % _WORDS for token in kept), 2])


def _batches(ids: Sequence[Tensor]) -> Iterator[list[int]]:
    by_length = sorted(range(len(ids)), key=lambda number: len(ids[number]))
    for start in range(0, len(by_length), _BATCH):
        yield by_length[start : start + _BATCH]
