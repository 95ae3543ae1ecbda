"""Settings of every type, for tests of properties that hold for all of them."""

from hypothesis import strategies as st

from sentiment.training.loop.config import TrainConfig


def share(lowest=0.0):
    return st.floats(lowest, 0.99, allow_subnormal=False)


CONFIGS = st.builds(
    TrainConfig,
    cell=st.sampled_from(["lstm", "gru"]),
    hidden_size=st.integers(1, 512),
    bidirectional=st.booleans(),
    names=st.booleans(),
    pooling=st.lists(st.sampled_from(["last", "mean", "max", "attention"]), min_size=1, unique=True).map("+".join),
    convolution=st.integers(1, 9),
    stride=st.integers(1, 4),
    dropout_words=share(),
    dropout_output=share(),
    text=st.sampled_from(["modern-2", "modern", "classic", "stems", "words"]),
    learning_rate=st.floats(1e-7, 10),
    validation_share=share(0.01),
    weight_decay=st.floats(0, 10, allow_subnormal=False),
    seed=st.integers(0, 2**40),
    device=st.sampled_from(["auto", "cuda", "mps", "cpu"]),
    start=st.sampled_from(["", "shipped", "a folder/with spaces"]),
)
