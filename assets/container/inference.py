"""Handler that AWS's PyTorch inference image imports from model.tar.gz."""

from sentiment.serving.torchserve import model_fn, transform_fn

__all__ = ["model_fn", "transform_fn"]
