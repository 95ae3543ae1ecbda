"""Part files: reading returns exactly what was written, or nothing."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from sentiment.prediction import Flag, Prediction, Sentiment
from sentiment.scoring.parts import PartFiles, decoded, encoded

PROBABILITIES = st.none() | st.floats(0, 1, allow_subnormal=False)
PREDICTIONS = st.builds(
    Prediction,
    sentiment=st.sampled_from(get_args(Sentiment)),
    probability=PROBABILITIES,
    rating=st.none() | st.floats(1, 10, allow_subnormal=False),
    tokens_read=st.integers(0, 2**32 - 1),
    tokens_total=st.integers(0, 2**32 - 1),
    unknown_share=st.floats(0, 1, allow_subnormal=False),
    flags=st.sets(st.sampled_from(get_args(Flag))).map(lambda chosen: tuple(f for f in get_args(Flag) if f in chosen)),
)


@given(st.lists(PREDICTIONS, max_size=5))
def test_predictions_survive_encoding_exactly(predictions):
    assert list(decoded(encoded(predictions))) == predictions


def test_a_part_is_read_back_under_its_key_number_and_size_only(tmp_path):
    records = encoded(
        [Prediction("positive", 0.9, None, 3, 4, 0.5, ("short",)), Prediction("unscored", *[None] * 2, 0, 0, 0.0)]
    )
    parts = PartFiles(tmp_path / "parts", "key")
    assert parts.read(0, 2) is None
    parts.write(0, records)
    read = parts.read(0, 2)
    assert read is not None
    assert list(decoded(read)) == list(decoded(records))
    assert parts.read(0, 1) is None
    assert parts.read(1, 2) is None
    assert PartFiles(tmp_path / "parts", "other").read(0, 2) is None


def test_removing_takes_parts_and_half_written_ones_and_leaves_the_rest(tmp_path):
    parts = PartFiles(tmp_path, "key")
    parts.write(3, encoded([]))
    (tmp_path / "part-000004.bin").write_bytes(b"half")
    (tmp_path / "other.txt").write_text("kept")
    parts.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]
    PartFiles(tmp_path / "none", "key").remove()
