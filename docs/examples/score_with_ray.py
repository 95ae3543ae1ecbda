"""Score a table of a data lake with Ray Data: a pool of workers, each with the bundle loaded, reads and writes blocks.

    python score_with_ray.py s3://lake/reviews s3://lake/scored /opt/models/shipped

The bundle is a directory that every worker can read, and the package `sentiment` is installed there.
"""

import sys

import pandas as pd
import ray

WORKERS = 4


class Scorer:
    """One worker: the bundle is loaded when it starts, and scores block after block."""

    def __init__(self, model: str) -> None:
        import sentiment  # on the worker

        self._predictor = sentiment.load(model)

    def __call__(self, block: pd.DataFrame) -> pd.DataFrame:
        """Return the block with the columns of the predictions."""
        found = self._predictor.score(block["review"].fillna("").tolist())
        return block.assign(
            sentiment=[one.sentiment for one in found],
            probability=[one.probability for one in found],
            rating=[one.rating for one in found],
            flags=[";".join(one.flags) for one in found],
        )


def main(source: str, target: str, model: str, workers: int = WORKERS) -> None:
    """Score the column `review` of a Parquet table into another."""
    table = ray.data.read_parquet(source)
    # From one worker up, as the cluster has room: a fixed number could leave none to those that read the blocks.
    scored = table.map_batches(
        Scorer, fn_constructor_args=(model,), batch_format="pandas", batch_size=1_000, concurrency=(1, workers)
    )
    scored.write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:4])
