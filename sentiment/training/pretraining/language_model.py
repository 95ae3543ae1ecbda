"""A language model that reads reviews in both directions: what a network learns from texts without labels.

Each direction guesses the next token from those before it. Embedding and recurrent layer have the
names and shapes of `network.Network`, which goes on from them.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sentiment.model.architecture import Architecture
from sentiment.model.network import Recurrent
from sentiment.text.vocabulary import PADDING

# Random words from which each step has to distinguish the right one; all 30,000 would take most of the time.
NEGATIVES = 512

HiddenState = tuple[Tensor, ...]


class LanguageModel(nn.Module):
    """Embedding, one recurrent layer, and for each direction the likeliest next tokens, tied to the embedding."""

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
        """Read on in one direction (0 ahead, 1 back).

        Args:
            ids: (time, batch), int64, in the order in which they are read.
            direction: which of the two recurrences reads.
            before: the state that the last call returned; None at the start.

        Returns:
            The guess at each next token as a vector (time, batch, embedding size), and the state.
        """
        layer: Any = self.layers[0]
        cell = layer.forwards if direction == 0 else layer.backwards
        # A GRU's state is one tensor, an LSTM's two.
        states, after = cell(self.embedding(ids), before if before is None or len(before) == 2 else before[0])
        parts = after if isinstance(after, tuple) else (after,)
        return self.guess[direction](states), tuple(part.detach() for part in parts)

    def sampled_loss(self, guesses: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """Return the mean cross-entropy of `targets` among random `negatives`, in nats a token.

        Sampled softmax (Bengio and Senécal 2008; Jean et al. 2015): logits are lowered by the logarithm of
        the chance that a word is drawn, so that the model learns the probabilities among all words.
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
        """Return the summed cross-entropy among all words, in nats, and how many tokens were guessed right."""
        logits = guesses.reshape(-1, guesses.shape[-1]) @ self.embedding.weight.T + self.bias
        targets = targets.reshape(-1)
        return cross_entropy(logits, targets, reduction="sum"), (logits.argmax(-1) == targets).sum()


def drawn_share(ranks: Tensor, words: int) -> Tensor:
    """Return the chance that `draw_negatives` gives a word, by its rank in the vocabulary (0 is the commonest)."""
    log_uniform = torch.log1p(1 / (ranks + 1.0)) / math.log(words + 1)
    return -torch.expm1(NEGATIVES * torch.log1p(-log_uniform))


def draw_negatives(words: int, device: torch.device) -> Tensor:
    """Draw NEGATIVES ids, common words oftener (log-uniform by rank), and return the distinct ones, int64."""
    uniform = torch.rand(NEGATIVES, device=device)
    drawn = (torch.exp(uniform * math.log(words + 1)).long() - 1).clamp_(0, words - 1)
    distinct: Tensor = torch.unique(drawn)
    return distinct
