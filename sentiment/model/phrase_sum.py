"""Sum the phrase weights of each review in a batch: `phrases.Phrases.sums` as a torch module for the network.

A weight is found by a single access to a perfect hash table: hash and displace (Belazzougui, Botelho and Dietzfelbinger
2009, without their compression). A binary search in the sorted keys takes some twenty accesses.

Weights are summed as integers, since a sum of floating-point numbers depends on their order. That would be the order of
table slots, which differs between two tables of the same phrases: torch's threads race for a slot that several keys
want. Without integers, a review's score would change by some 1e-7 each time a bundle is loaded.
"""

import numpy as np
import torch
from torch import Tensor, nn

from sentiment.errors import BundleError
from sentiment.model.phrases import ENDING, LONGEST
from sentiment.text.vocabulary import UNKNOWN

# Random odd multipliers: products modulo 2**64 scatter adjacent keys.
_SCATTER, _SCATTER_AGAIN, _STEP = -7046029254386353131, -4417276706812531889, -4658895280553007687
# Minimum number of slots per phrase: with fewer, placing each key takes many more attempts.
_SPARE = 3
_BUCKET = 8  # slots per bucket
# Keys of real phrases are placed within some 200 moves; keys that were chosen to collide may never be.
_MOST_MOVES = 2_000
_NO_PHRASE, _NO_KEY = -1, -2
# Unit of the integers: the smallest step of the 16-bit floats stored in a bundle, so that no weight is rounded.
UNIT = 2.0**-24


class PhraseSum(nn.Module):
    """Sums the weights of the distinct phrases of each review.

    Keys and weights are loaded from a bundle by `load_state_dict` and are not trained here.
    """

    keys: Tensor
    weights: Tensor

    def __init__(self, count: int, words: int) -> None:
        super().__init__()
        self.words = words
        self.register_buffer("keys", torch.zeros(count, dtype=torch.int64))
        self.register_buffer("weights", torch.zeros(count))
        self.table: PhraseTable | None = None
        self.register_load_state_dict_post_hook(_tabulate)  # type: ignore[no-untyped-call]  # untyped in torch

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the sums (batch,) for ids (batch, time), padded with 0 beyond their lengths (batch,)."""
        assert self.table is not None, "there are no phrases before a bundle's are loaded"
        places = self.table.places(self._keys(ids))
        # Among equal phrases, one in the ending sorts first, and only the first counts.
        entries = _sorted(2 * places + (_starts(ids.shape[1], ids.device) < lengths[:, None] - ENDING))
        phrases = entries >> 1
        again = nn.functional.pad(phrases[:, 1:] == phrases[:, :-1], (1, 0))
        units = self.table.units.index_select(0, entries.flatten()).view(entries.shape)
        return units.masked_fill(again, 0).sum(1).float() * UNIT

    def _keys(self, ids: Tensor) -> Tensor:
        """Return the keys of all phrases (batch, phrases), ordered as by `_starts`; `_NO_PHRASE` for unknown words."""
        known = ids > UNKNOWN
        key, whole, keys = ids, known, []
        for length in range(1, LONGEST + 1):
            if length > 1:  # extend the shorter phrase by one word
                key = key[:, :-1] + ids[:, length - 1 :] * self.words ** (length - 1)
                whole = whole[:, :-1] & known[:, length - 1 :]
            keys.append(key.where(whole, _NO_PHRASE))
        return torch.cat(keys, dim=1)


class PhraseTable(nn.Module):
    """A hash table of phrase weights: `units[2 * slot]` applies to a phrase in the ending, the next one elsewhere.

    The last slot is for all phrases without weights. Keys are hashed into buckets, and the keys of a bucket are
    displaced together until none of them collides.
    """

    units: Tensor
    _held: Tensor
    _moves: Tensor

    def __init__(self, keys: Tensor, weights: Tensor, words: int) -> None:
        """Build the table from a bundle's keys (phrases,) and weights (phrases,); `words` is the vocabulary's size.

        Raises:
            BundleError: the keys were chosen so that no table can hold them.
        """
        super().__init__()
        distinct, first = np.unique(keys.cpu().numpy(), return_index=True)
        phrases, rows = np.unique(distinct % words**LONGEST, return_inverse=True)
        whole = (weights.cpu()[torch.from_numpy(first)].double() / UNIT).round().long()
        added = torch.zeros((len(phrases), 2), dtype=torch.int64)  # columns: in the ending, anywhere
        added[torch.from_numpy(rows), torch.from_numpy((distinct < words**LONGEST).astype(np.int64))] = whole
        added[:, 0] += added[:, 1]
        self._bits = max(_SPARE * len(phrases) - 1, _BUCKET).bit_length()
        moves, places = self._settled(torch.from_numpy(phrases))
        held = torch.full((1 << self._bits,), _NO_KEY).index_put((places,), torch.from_numpy(phrases))
        units = torch.zeros(((1 << self._bits) + 1, 2), dtype=torch.int64).index_put((places,), added).flatten()
        for name, tensor in (("_held", held), ("_moves", moves), ("units", units)):
            self.register_buffer(name, tensor, persistent=False)

    def places(self, keys: Tensor) -> Tensor:
        """Return the slot of each key: keys (batch, phrases), int64, to slots of the same shape, int32."""
        mixed = _mixed(keys.flatten())
        places = self._place(mixed, self._moves.index_select(0, self._bucket(mixed)))
        is_held = self._held.index_select(0, places) == keys.flatten()
        return places.int().where(is_held, len(self._held)).view(keys.shape)

    def _settled(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Return the displacement of each bucket and the slot of each key; BundleError if there are none."""
        mixed = _mixed(keys)
        buckets = self._bucket(mixed)
        moves = torch.zeros((1 << self._bits) // _BUCKET, dtype=torch.int64)
        owners = torch.empty(1 << self._bits, dtype=torch.int64)
        taken = torch.zeros(1 << self._bits, dtype=torch.bool)
        places = torch.empty_like(keys)
        move, left = torch.tensor(0), torch.arange(len(keys))
        for _ in range(_MOST_MOVES):
            if not len(left):
                break
            wanted = self._place(mixed[left], move)
            owners[wanted] = left
            waits = torch.zeros(len(moves), dtype=torch.bool)
            waits[buckets[left[taken[wanted] | (owners[wanted] != left)]]] = True
            settles = ~waits[buckets[left]]
            settled = left[settles]
            places[settled] = wanted[settles]
            taken[wanted[settles]] = True
            moves[buckets[settled]] = move
            left, move = left[~settles], move + _STEP
        else:
            raise BundleError("The weights are damaged: their phrases cannot be indexed.")
        return moves, places

    def _bucket(self, mixed: Tensor) -> Tensor:
        return mixed & ((1 << self._bits) // _BUCKET - 1)

    def _place(self, mixed: Tensor, move: Tensor) -> Tensor:
        return _shifted((mixed ^ move) * _SCATTER_AGAIN, 64 - self._bits)


def _tabulate(module: PhraseSum, _: object) -> None:
    module.table = PhraseTable(module.keys, module.weights, module.words).to(module.keys.device)


def _mixed(keys: Tensor) -> Tensor:
    scattered = keys * _SCATTER
    return scattered ^ _shifted(scattered, 32)


def _shifted(numbers: Tensor, bits: int) -> Tensor:
    """Logical right shift, filling with zeros; torch's shift fills with the sign."""
    return (numbers >> bits) & ((1 << (64 - bits)) - 1)


def _sorted(entries: Tensor) -> Tensor:
    """Sort each row; on a CPU with numpy, which is several times as fast because it does not compute the indices."""
    if entries.device.type != "cpu":
        return entries.sort(1).values
    return torch.from_numpy(np.sort(entries.numpy(), axis=1))


def _starts(time: int, device: torch.device) -> Tensor:
    """Return the start of each phrase in a reading of `time` tokens (phrases,): unigrams, bigrams, trigrams."""
    return torch.cat([torch.arange(max(0, time - more), device=device) for more in range(LONGEST)])
