"""The functions that AWS's PyTorch inference image calls, for `code/inference.py`.

`transform_fn` replaces `input_fn`, `predict_fn` and `output_fn`: the image answers any exception raised by those with a
traceback, and only a function that receives the context can set a status.
"""

import importlib
from pathlib import Path
from typing import Any

from sentiment.model.predictor import Predictor
from sentiment.serving import handler


def model_fn(model_dir: str) -> Predictor:
    """Return the bundle in `model_dir`, ready to score.

    Raises:
        BundleError: the directory does not hold a complete bundle.
    """
    # The image would decode JSON and CSV before calling us, and answer with a traceback if they are not UTF-8.
    importlib.import_module("sagemaker_inference.content_types").UTF8_TYPES.clear()
    # TorchServe itself runs one process per core.
    predictor = Predictor.load(Path(model_dir))
    handler.make_ready(predictor)
    return predictor


def transform_fn(
    predictor: Predictor, body: bytes | None, content_type: str | None, accept: str, context: Any
) -> tuple[bytes, str]:
    """Return body and content type of the response; its status and model go into TorchServe's `context`.

    The content type of the request determines that of the response, so `accept` is ignored.
    """
    answer = handler.answer(predictor, bytes(body or b""), content_type or "")
    context.set_response_status(code=answer.status)
    context.set_response_header(0, handler.MODEL_HEADER, handler.model_header(predictor))
    return answer.body, answer.content_type
