"""Serve the bundle in `SM_MODEL_DIR` over HTTP: the entry point of our container, `python -m sentiment.serving`."""

import os
from pathlib import Path

import uvicorn

from sentiment.model.workers.parallel import opened_scorer
from sentiment.serving.application import Application
from sentiment.serving.connections import BoundedConnection, most_connections
from sentiment.serving.handler import make_ready
from sentiment.system.command import run

THIS_MACHINE = "127.0.0.1"


def main() -> int:
    """Load the bundle, start one process per core, then listen; a ping is refused until both are done.

    SageMaker starts a container with the single argument `serve`, which is ignored. Only a container listens on
    external interfaces: its image sets `SENTIMENT_HOST`.
    """
    host, port = os.environ.get("SENTIMENT_HOST", THIS_MACHINE), int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    addresses = [f"{name}:{port}" for name in (THIS_MACHINE, "localhost")] if host == THIS_MACHINE else None
    with opened_scorer(Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))) as scorer:
        make_ready(scorer)
        application = Application(scorer, addresses)
        # No access log: it would record what a client puts into the URL.
        uvicorn.run(
            application,
            host=host,
            port=port,
            http=BoundedConnection,
            backlog=max(1, most_connections() // 4),  # as many are accepted before one is closed
            lifespan="off",
            ws="none",
            access_log=False,
            log_level="warning",
        )
    return 0


if __name__ == "__main__":
    run(main)
