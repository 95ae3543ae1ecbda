"""The examples that score a data lake in place, run on this machine; scripts/test --all installs Spark and Ray."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from sentiment.system.storage import PROJECT
from tests.support.java import java_version
from tests.support.miniature import reviews

JAVA = 17
EXAMPLES = PROJECT / "docs" / "examples"
TEXTS = [text for text, _, _ in reviews(60, seed=9)]


@pytest.mark.parametrize(("library", "example"), [("pyspark", "score_with_spark"), ("ray", "score_with_ray")])
def test_a_lake_is_scored_as_the_bundle_scores(library, example, tiny_bundle, predictor, tmp_path):
    pytest.importorskip(library, reason=f"runs with scripts/test --all only, which installs {library}")
    if library == "pyspark" and java_version() < JAVA:
        pytest.skip(f"Spark needs Java {JAVA} (on Debian: sudo apt-get install default-jre-headless)")
    source, target = tmp_path / "reviews", tmp_path / "scored"
    source.mkdir()
    for number, start in enumerate(range(0, len(TEXTS), 20)):
        texts = pd.DataFrame({"number": range(start, start + 20), "review": TEXTS[start : start + 20]})
        texts.to_parquet(source / f"part-{number}.parquet")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]]), "OMP_NUM_THREADS": "1"}
    # Spark starts its workers by this name, and Spark and Ray communicate only on this machine.
    environment |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{example}.py", source, target, tiny_bundle],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    scored = pd.concat(map(pd.read_parquet, target.glob("*.parquet"))).sort_values("number")
    own = predictor.score(TEXTS)
    assert scored["review"].tolist() == TEXTS
    assert scored["sentiment"].tolist() == [one.sentiment for one in own]
    assert scored["probability"].tolist() == pytest.approx([one.probability for one in own], abs=1e-5)
