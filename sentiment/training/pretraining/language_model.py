"""A bidirectional language model, pretrained on unlabelled reviews.

Each direction predicts the next token from those before it. Embedding and recurrent layer have the names and shapes of
`network.Network`, which is initialised with them.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sentiment.model.architecture import Architecture
from sentiment.model.network import Recurrent
from sentiment.text.vocabulary import PADDING

# Number of sampled words among which each step must find the right one; a softmax over all 30,000 would dominate the
# time.
NEGATIVES = 512

HiddenState = tuple[Tensor, ...]


class LanguageModel(nn.Module):
    """An embedding, one recurrent layer, and a next-token output per direction, with weights tied to the embedding."""

    def __init__(self, architecture: Architecture, vocabulary_size: int) -> None:
        super().__init__()
        size = architecture.embedding_size
        self.embedding = nn.Embedding(vocabulary_size, size, padding_idx=PADDING)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.embedding.weight[PADDING])
        layer = Recurrent(architecture.cell, size, architecture.hidden_size, architecture.bidirectional)
        self.layers = nn.ModuleList([layer])
        self.directions = 2 if architecture.bidirectional else 1
        self.guess = nn.ModuleList(nn.Linear(architecture.hidden_size, size) for _ in range(self.directions))
        self.bias = nn.Parameter(torch.zeros(vocabulary_size))

    def forward(self, ids: Tensor, direction: int, before: HiddenState | None) -> tuple[Tensor, HiddenState]:
        """Run one direction (0 forward, 1 backward) over a chunk of tokens.

        Args:
            ids: (time, batch), int64, in the order in which this direction reads them.
            direction: which of the two recurrences to run.
            before: the state returned by the last call; None at the start.

        Returns:
            The predicted vector of each next token (time, batch, embedding size), and the new state.
        """
        layer: Any = self.layers[0]
        cell = layer.forwards if direction == 0 else layer.backwards
        # The state of a GRU is one tensor, that of an LSTM two.
        states, after = cell(self.embedding(ids), before if before is None or len(before) == 2 else before[0])
        parts = after if isinstance(after, tuple) else (after,)
        return self.guess[direction](states), tuple(part.detach() for part in parts)

    def sampled_loss(self, guesses: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """Return the mean cross-entropy of `targets` among sampled `negatives`, in nats per token.

        Sampled softmax (Bengio and Senécal 2008; Jean et al. 2015): the log-probability that a word is sampled is
        subtracted from its logit, so that the model learns the probabilities among all words.
        """
        words = torch.arange(len(self.bias), device=targets.device)
        correction = self.bias - torch.log(drawn_share(words, len(self.bias)))
        vectors = guesses.reshape(-1, guesses.shape[-1])
        targets = targets.reshape(-1)
        right = (vectors * self.embedding(targets)).sum(-1) + correction[targets]
        others = vectors @ self.embedding(negatives).T + correction[negatives]
        others = others.masked_fill(targets[:, None] == negatives, float("-inf"))
        loss: Tensor = (torch.logaddexp(right, others.logsumexp(-1)) - right).mean()
        return loss

    def exact_loss(self, guesses: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the summed cross-entropy among all words, in nats, and the number of correctly predicted tokens."""
        logits = guesses.reshape(-1, guesses.shape[-1]) @ self.embedding.weight.T + self.bias
        targets = targets.reshape(-1)
        return cross_entropy(logits, targets, reduction="sum"), (logits.argmax(-1) == targets).sum()


def drawn_share(ranks: Tensor, words: int) -> Tensor:
    """Return the probability that `draw_negatives` draws a word, by its rank in the vocabulary (0: most frequent)."""
    log_uniform = torch.log1p(1 / (ranks + 1.0)) / math.log(words + 1)
    return -torch.expm1(NEGATIVES * torch.log1p(-log_uniform))


def draw_negatives(words: int, device: torch.device) -> Tensor:
    """Sample NEGATIVES ids, frequent words more often (log-uniform by rank), and return the distinct ones, int64."""
    uniform = torch.rand(NEGATIVES, device=device)
    drawn = (torch.exp(uniform * math.log(words + 1)).long() - 1).clamp_(0, words - 1)
    distinct: Tensor = torch.unique(drawn)
    return distinct
