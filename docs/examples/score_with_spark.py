"""Score a table of a data lake with Spark: each executor loads the bundle once and scores the rows that it holds.

    spark-submit score_with_spark.py s3a://lake/reviews s3a://lake/scored /opt/models/shipped

The bundle is a directory that every executor can read, and the package `sentiment` is installed there.
"""

import sys
from collections.abc import Callable, Iterator

import pandas as pd
from pyspark.sql import Column, SparkSession
from pyspark.sql.functions import pandas_udf

SCHEMA = "sentiment string, probability double, rating double, flags string"


def scored(model: str) -> Callable[..., Column]:
    """Return a pandas UDF that gives the prediction of each review as a struct."""

    @pandas_udf(SCHEMA)
    def predictions(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        import sentiment  # on the executor

        predictor = sentiment.load(model)  # once for all batches of a partition
        for batch in batches:
            found = predictor.score(batch.fillna("").tolist())
            yield pd.DataFrame(
                {
                    "sentiment": [one.sentiment for one in found],
                    "probability": [one.probability for one in found],
                    "rating": [one.rating for one in found],
                    "flags": [";".join(one.flags) for one in found],
                }
            )

    return predictions


def main(source: str, target: str, model: str) -> None:
    """Score the column `review` of a Parquet table into another."""
    spark = SparkSession.builder.appName("reviews").getOrCreate()
    table = spark.read.parquet(source).withColumn("prediction", scored(model)("review"))
    table.select("*", "prediction.*").drop("prediction").write.mode("overwrite").parquet(target)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
