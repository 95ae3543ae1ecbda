"""The network: embedding, optional convolution, LSTM or GRU, pooling over time and one logit, plus phrase weights.

Scores do not depend on padding or on other reviews of the batch: the backward direction reverses each review within its
own length, and pooling ignores padding. Packed sequences would have the same effect, but are many times slower on a CPU
(pytorch#149194).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sentiment.model.architecture import Architecture, Cell
from sentiment.model.phrase_sum import PhraseSum
from sentiment.text.vocabulary import PADDING, UNKNOWN

_NOTHING = -1e9
# In readings of up to this many tokens, every word counts and none is dropped.
FEW_TOKENS = 50


class Output(NamedTuple):
    """The network's output for a batch: positive-class logits `logit` (batch,) and `stars` logits (batch, levels)."""

    logit: Tensor
    stars: Tensor


class Network(nn.Module):
    """Token ids to a positive-class logit and a logit for each star level."""

    def __init__(
        self, architecture: Architecture, vocabulary_size: int, star_levels: int = 0, phrases: int = 0
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.phrases = PhraseSum(phrases, vocabulary_size) if phrases else None
        self.embedding = nn.Embedding(vocabulary_size, architecture.embedding_size, padding_idx=PADDING)
        width = architecture.embedding_size
        if architecture.convolution:
            self.front = Front(width, architecture.hidden_size, architecture.convolution, architecture.stride)
            width = architecture.hidden_size
        self.folded: FoldedFront | None = None
        self.layers = nn.ModuleList()
        for _ in range(architecture.layers):
            layer = Recurrent(architecture.cell, width, architecture.hidden_size, architecture.bidirectional)
            self.layers.append(layer)
            width = layer.width
        self.pools = nn.ModuleList(_pool(name, layer) for name in architecture.pools)
        self.head = nn.Linear(width * len(architecture.pools), 1 + star_levels)
        self.drop_embedding = nn.Dropout(architecture.dropout_embedding)
        self.drop_output = nn.Dropout(architecture.dropout_output)
        # A smaller scale than the default, whose variance of 1 drowns out the recurrent weights.
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.embedding.weight[PADDING])

    def forward(self, ids: Tensor, lengths: Tensor) -> Output:
        """Score a batch.

        Args:
            ids: (batch, time), int64, padded on the right with 0.
            lengths: (batch,), int64, each at least 1.
        """
        if self.folded is None or self.training:
            return self.judge(ids, self.embed(ids), lengths)
        return self._with_phrases(ids, lengths, self._conclude(*self.folded(ids, lengths)))

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the input of the head for a batch: its pooled states (batch, width)."""
        if self.folded is None or self.training:
            return self._pooled(*self._entering(self.embed(ids), lengths))
        return self._pooled(*self.folded(ids, lengths))

    def fold(self) -> None:
        """Precompute the convolution of each word, so that `forward` only adds up the results.

        For scoring only: later changes of the weights have no effect. Without a convolution, this does nothing.
        """
        if self.architecture.convolution:
            self.folded = FoldedFront(self.embedding, self.front)

    def judge(self, ids: Tensor, vectors: Tensor, lengths: Tensor) -> Output:
        """Score a batch like `forward`, given its token vectors (time, batch, embedding size)."""
        return self._with_phrases(ids, lengths, self.read(vectors, lengths))

    def _with_phrases(self, ids: Tensor, lengths: Tensor, output: Output) -> Output:
        return output if self.phrases is None else output._replace(logit=output.logit + self.phrases(ids, lengths))

    def embed(self, ids: Tensor) -> Tensor:
        """Return the token vectors (time, batch, embedding size), with word and embedding dropout during training.

        A short reading keeps all its words: without its only "not" it would contradict its label.
        """
        if self.training and self.architecture.dropout_words:
            dropped = torch.rand(ids.shape, device=ids.device) < self.architecture.dropout_words
            read = ids != PADDING
            long = read.sum(dim=1, keepdim=True) > FEW_TOKENS
            ids = ids.masked_fill(dropped & read & long, UNKNOWN)
        vectors: Tensor = self.drop_embedding(self.embedding(ids.T))
        return vectors

    def read(self, vectors: Tensor, lengths: Tensor) -> Output:
        """Score token vectors (time, batch, embedding size) without phrases; `explanation` differentiates this."""
        return self._conclude(*self._entering(vectors, lengths))

    def _entering(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the input of the recurrent layers for token vectors (time, batch, embedding size), and its lengths."""
        entering: tuple[Tensor, Tensor] = (
            self.front(vectors, lengths) if self.architecture.convolution else (vectors, lengths)
        )
        return entering

    def _conclude(self, states: Tensor, lengths: Tensor) -> Output:
        """Score the input of the recurrent layers (time, batch, width)."""
        logits = self.head(self.drop_output(self._pooled(states, lengths))).float()
        return Output(logits[:, 0], logits[:, 1:])

    def _pooled(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Run the recurrent layers and return their states pooled over time (batch, width of all pools)."""
        for layer in self.layers:
            states = layer(states, lengths)
        mask = torch.arange(states.shape[0], device=lengths.device)[:, None] < lengths
        return torch.cat([pool(states, lengths, mask) for pool in self.pools], dim=-1)


class Front(nn.Module):
    """A convolution over tokens, followed by max pooling over each `stride` positions."""

    def __init__(self, inputs: int, features: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(inputs, features, kernel, padding="same")
        self.stride = stride

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Map (time, batch, inputs) to (time / stride, batch, features); padding stays zero throughout."""
        inside = torch.arange(vectors.shape[0], device=lengths.device)[:, None, None] < lengths[:, None]
        features = self.convolution((vectors * inside).permute(1, 2, 0)).relu()
        # ReLU is never below the zeros of padding, so padding cannot win the maximum.
        features = features * inside.permute(1, 2, 0)
        pooled = nn.functional.max_pool1d(features, self.stride, ceil_mode=True)
        return pooled.permute(2, 0, 1).contiguous(), _shortened(lengths, self.stride)


class FoldedFront(nn.Module):
    """Embedding and front combined for scoring: one row of features per word and kernel position, which are summed.

    A convolution is linear in the word vectors, so the contribution of a word at a position is the same in every
    review.
    """

    rows: Tensor

    def __init__(self, embedding: nn.Embedding, front: Front) -> None:
        super().__init__()
        self.stride = front.stride
        self.words, self.kernel = embedding.num_embeddings, front.convolution.kernel_size[0]
        with torch.no_grad():
            places = [embedding.weight @ front.convolution.weight[:, :, place].T for place in range(self.kernel)]
            assert front.convolution.bias is not None
            places[self._middle] = places[self._middle] + front.convolution.bias
            # If the centre is padding, the ReLU must return zeros.
            places[self._middle][PADDING] = _NOTHING
        self.register_buffer("rows", torch.cat(places), persistent=False)

    @property
    def _middle(self) -> int:
        return (self.kernel - 1) // 2

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Map ids (batch, time) to (time / stride, batch, features), as embedding and front do."""
        batch, time = ids.shape
        right = self.kernel - 1 - self._middle + -time % self.stride
        padded = nn.functional.pad(ids, (self._middle, right), value=PADDING)
        windows = padded.unfold(1, self.kernel, 1) + torch.arange(self.kernel, device=ids.device) * self.words
        # Time first, as the recurrent layers expect.
        bags = windows.transpose(0, 1).reshape(-1, self.kernel)
        features = nn.functional.embedding_bag(bags, self.rows, mode="sum").relu_()
        return features.view(-1, self.stride, batch, features.shape[1]).amax(1), _shortened(lengths, self.stride)


def _shortened(lengths: Tensor, stride: int) -> Tensor:
    return (lengths + stride - 1) // stride


class Recurrent(nn.Module):
    """One layer that runs forwards and optionally backwards: (time, batch, in) to (time, batch, width)."""

    def __init__(self, cell: Cell, inputs: int, hidden: int, bidirectional: bool) -> None:
        super().__init__()
        kind = nn.LSTM if cell == "lstm" else nn.GRU
        self.forwards = kind(inputs, hidden)
        self.backwards = kind(inputs, hidden) if bidirectional else None
        self.width = hidden * (2 if bidirectional else 1)
        for name, weight in self.named_parameters():
            if weight.is_meta:  # shapes only: without memory, an orthogonal matrix imports torch's compiler
                continue
            if "weight_hh" in name:
                for gate in weight.chunk(weight.shape[0] // hidden):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.zeros_(weight)
            if cell == "lstm" and "bias_ih" in name:
                # Initialise the forget gate's bias to 1 (Jozefowicz et al. 2015).
                nn.init.ones_(weight[hidden : 2 * hidden])

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Return the state after each token, with both directions concatenated."""
        ahead: Tensor = self.forwards(inputs)[0]
        if self.backwards is None:
            return ahead
        reverse = _reverse_order(inputs.shape[0], lengths)
        back = self.backwards(_reordered(inputs, reverse))[0]
        return torch.cat([ahead, _reordered(back, reverse)], dim=-1)


def _reverse_order(time: int, lengths: Tensor) -> Tensor:
    """Return the order (time * batch,) that reverses each sequence within its own length and leaves padding in place.

    The numbers are row indices into the flattened states (time * batch, width).
    """
    steps = torch.arange(time, device=lengths.device)[:, None]
    source = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return (source * len(lengths) + torch.arange(len(lengths), device=lengths.device)).flatten()


def _reordered(states: Tensor, order: Tensor) -> Tensor:
    """Return states (time, batch, width) with their rows permuted; copying whole rows is fast."""
    return states.flatten(0, 1).index_select(0, order).view(states.shape)


def _pool(name: str, layer: Recurrent) -> nn.Module:
    match name:
        case "last":
            return Last(layer.backwards is not None)
        case "mean":
            return Mean()
        case "max":
            return Max()
        case _:
            return Attention(layer.width)


class Last(nn.Module):
    """The state of each direction after its last token."""

    def __init__(self, bidirectional: bool) -> None:
        super().__init__()
        self.bidirectional = bidirectional

    def forward(self, states: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """Pool (time, batch, width) to (batch, width)."""
        last = states[lengths - 1, torch.arange(states.shape[1], device=states.device)]
        if not self.bidirectional:
            return last
        half = states.shape[2] // 2
        return torch.cat([last[:, :half], states[0, :, half:]], dim=-1)


class Mean(nn.Module):
    """The mean state."""

    def forward(self, states: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """Pool (time, batch, width) to (batch, width)."""
        # Products and sums, because masked_fill with a broadcast mask is slow in torch.
        total: Tensor = (states * mask[:, :, None].to(states.dtype)).sum(0, dtype=torch.float32)
        return total / lengths[:, None]


class Max(nn.Module):
    """The maximum of each unit."""

    def forward(self, states: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """Pool (time, batch, width) to (batch, width)."""
        beyond = torch.zeros(mask.shape, dtype=states.dtype, device=states.device).masked_fill(~mask, float("-inf"))
        return (states + beyond[:, :, None]).amax(0).float()


class Attention(nn.Module):
    """A mean weighted by a trained weight of each state (Yang et al. 2016, without the context layer)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(width, 1)

    def forward(self, states: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        """Pool (time, batch, width) to (batch, width)."""
        weights = self.weigh(states).masked_fill(~mask[:, :, None], float("-inf")).softmax(0)
        pooled: Tensor = (weights * states).sum(0)
        return pooled.float()


def parameter_count(network: nn.Module) -> int:
    """Return the number of weights."""
    return sum(weight.numel() for weight in network.parameters())
