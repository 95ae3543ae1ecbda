"""The complete round trip on AWS with the smallest instances, by the commands that a user types, leaving nothing.

It is the same in a real account and in the local cloud; the environment determines which of them is used.
"""

import csv
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.cloud.aws import prices, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import owner
from sentiment.cloud.hosting.endpoints import Serverless
from sentiment.cloud.housekeeping.inventory import inventory, sentence
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.cloud.housekeeping.teardown import teardown
from sentiment.errors import CloudError
from sentiment.scoring.api_scorer import KEY_VARIABLE
from sentiment.system.storage import PROJECT
from tests.support.miniature import reviews
from tests.support.waiting import until

INSTANCE_TYPE = "ml.m5.large"
# An upper estimate of the billed seconds of a job that works for a minute, with its start; and its maximum duration.
_JOB_SECONDS, _LONGEST_MINUTES = 600, 20
_REVIEWS, _SCORED, _API_SECONDS = 200, 20, 1.0
# An API Gateway key takes effect everywhere only some time after its creation.
_KEY_PATIENCE_SECONDS = 120
# Two machines add up in a different order; results are written with six decimals.
_TOLERANCE = 2e-5
# Resources billed by the second of an instance, with their names in AWS's price list.
_BY_THE_SECOND: dict[str, prices.PricedUse] = {
    "training": "training",
    "transform": "transform",
    "asynchronous endpoint": "hosting",
}
_NETWORK = {
    "embedding-size": 8,
    "hidden-size": 6,
    "batch-size": 16,
    "epochs": 2,
    "vector-epochs": 1,
    "short-sentences": 0,
    "learning-rate": 0.01,
    "average": 0.9,
    "device": "cpu",
}


@dataclass(frozen=True)
class Price:
    """The cost of a part of the round trip: its name and amount, and dollars, None if unknown."""

    part: str
    dollars: float | None


def expected_prices(region: str) -> list[Price]:
    """Return the cost of each part according to the price table, if nothing fails."""
    capacity, calls = Serverless(), 3 * _SCORED
    return [
        *(
            Price(f"{part}, {_JOB_SECONDS // 60} min on {INSTANCE_TYPE}", _job_price(kind, region))
            for part, kind in _BY_THE_SECOND.items()
        ),
        Price(f"serverless endpoint, {calls} reviews", prices.serverless_cost(region, capacity.memory, calls)),
        Price(f"public API, {_SCORED} reviews", prices.api_cost(region, _SCORED, _API_SECONDS, 256)),
    ]


def _ours(account: Account) -> list[Resource]:
    return [resource for resource in inventory(account) if resource.is_of(account)]


def _job_price(kind: prices.PricedUse, region: str) -> float | None:
    return prices.cost(kind, INSTANCE_TYPE, region, _JOB_SECONDS)


@contextmanager
def taken_down_afterwards(account: Account) -> Iterator[None]:
    """Delete all our AWS resources after the block, however it ends. Those of colleagues are not affected.

    Raises:
        CloudError: resources of ours exist already and would be deleted with the rest, so nothing was done; or not
            everything could be deleted.
    """
    if found := _ours(account):
        raise CloudError(
            f"{sentence(found, account.region)} in account {account.number}, and this test ends by taking down "
            "everything of ours: take that down yourself first, or set AWS_REGION to another region."
        )
    try:
        yield
    finally:
        teardown(account, lambda step: print(step, file=sys.stderr, flush=True))
        left = _ours(account)
        print(f"{sentence(left, account.region)}.", file=sys.stderr, flush=True)
        if left:
            raise CloudError(f"Still there: {', '.join(resource.arn for resource in left)}.")


class RoundTrip:
    """A model trained, downloaded, deployed, and called in every way; each step requires the previous ones.

    Tables and run directories are stored in `folder`. A custom `image`, where images are not checked, saves the upload
    of the libraries for AWS's image.
    """

    def __init__(self, account: Account, folder: Path, image: str = "") -> None:
        self._account = account
        self._place = ["--region", account.region, *(["--profile", account.profile] if account.profile else [])]
        self._image = image
        self._folder = folder
        self._environment = os.environ | {"SENTIMENT_HOME": str(folder / "home")}
        texts = reviews(_REVIEWS, seed=31)
        rated = [(text, stars) for text, _, stars in texts]
        self._labelled = _write(folder / "labelled.csv", ["review", "stars"], rated)
        self._reviews = _write(folder / "reviews.csv", ["review"], [(text,) for text, _, _ in texts[:_SCORED]])
        self._model, self._endpoint = Path(), ""
        self._here: list[dict[str, str]] = []

    def train(self) -> None:
        """Train a small network on a small table, whose upload is deleted when the job has ended."""
        network = [word for name, value in _NETWORK.items() for word in (f"--{name}", str(value))]
        columns = ["--text-column", "review", "--label-column", "stars"]
        machine = ["--instance-type", INSTANCE_TYPE, "--max-minutes", str(_LONGEST_MINUTES)]
        machine += ["--image", self._image] if self._image else []
        kept = ["--name", "trip", "--keep-data", "0"]
        said = self._step("train", "--data", self._labelled, *columns, *machine, *kept, *network, "--yes")
        assert said["state"] == "done"
        assert list(s3.versions(self._account, f"{s3.prefix(self._account)}data-")) == []
        home = self._step("fetch", "--run", said["run"], place=False)
        self.take(Path(home["model"]))
        assert {row["model"] for row in self._here} == {home["fingerprint"][:12]}

    def take(self, model: Path) -> None:
        """Continue with a bundle on this machine, whose scores are the reference for all others."""
        self._model = model
        self._here = self._scored("here.csv", ["--model", model])

    def pack(self) -> None:
        """Pack the model for a container."""
        packed = self._step("pack", "--model", self._model, "--output", self._folder / "model.tar.gz", place=False)
        assert packed["size"] == Path(packed["path"]).stat().st_size
        with tarfile.open(packed["path"]) as archive:
            assert {"weights.safetensors", "code/inference.py"} <= set(archive.getnames())

    def deploy(self) -> None:
        """Deploy the model serverless, and check that the endpoint scores the table like the local model."""
        alert = ["--budget", "20", "--budget-email", "nobody@example.com"]
        said = self._step("deploy", "--model", self._model, "--hours", "1", *alert, "--yes")
        [variant] = said["variants"]
        assert variant["parity"] <= _TOLERANCE
        self._endpoint = said["endpoint"]
        self._expect_same(self._scored("endpoint.csv", ["--endpoint", self._endpoint, *self._place]))
        asked = self._step("invoke", "--endpoint", self._endpoint, self._here[0]["review"])
        assert abs(asked["probability"] - float(self._here[0]["probability"])) <= _TOLERANCE

    def deploy_asynchronous(self) -> None:
        """Deploy the model as an asynchronous endpoint, which reads requests from S3; score the table; delete it."""
        machine = ["--asynchronous", "--instance-type", INSTANCE_TYPE, "--hours", "1"]
        endpoint = self._step("deploy", "--model", self._model, *machine, "--yes")["endpoint"]
        self._expect_same(self._scored("asynchronous.csv", ["--endpoint", endpoint, *self._place]))
        self._step("extend", "--endpoint", endpoint, "--hours", "2", "--yes")
        assert self._step("delete", "--endpoint", endpoint, "--yes")["deleted"] == endpoint

    def transform(self) -> None:
        """Score the table by a batch transform."""
        output = self._folder / "transformed.csv"
        machine = ["--instance-type", INSTANCE_TYPE]
        self._step("transform", self._reviews, "--output", output, "--model", self._model, *machine, "--yes")
        self._expect_same(_read(output))

    def publish(self) -> None:
        """Publish the endpoint, and score the table as a holder of the key."""
        said = self._step("publish", "--endpoint", self._endpoint, "--show-key", "--yes")
        self._environment[KEY_VARIABLE] = said["key"]
        scored = until(lambda: self._try_to_score("api.csv", ["--api", said["url"]]), _KEY_PATIENCE_SECONDS)
        self._expect_same(scored)

    def take_down(self) -> None:
        """Check that the list has all resources now, and none of ours after the teardown."""
        kinds = {resource["kind"] for resource in self._step("status")["resources"]}
        published = {"public API"} if KEY_VARIABLE in self._environment else set()
        assert {"endpoint", "model", "files", "role", "schedules", "sweeper", "budget"} | published <= kinds
        us = owner(self._account.arn)
        assert [each for each in self._step("teardown", "--yes")["left"] if each["creator"] == us] == []
        assert self._step("status")["sentence"].startswith("Nothing ")

    def _step(self, name: str, *arguments: str | Path, place: bool = True) -> dict[str, Any]:
        """Run a step of `scripts/cloud.py`; return its JSON output."""
        words = [name, *arguments, "--json", *(self._place if place else [])]
        answer: dict[str, Any] = json.loads(self._run("cloud.py", words, check=True).stdout)
        return answer

    def _scored(self, name: str, scorer: Sequence[str | Path]) -> list[dict[str, str]]:
        self._run("score.py", [self._reviews, "--output", self._folder / name, *scorer], check=True)
        return _read(self._folder / name)

    def _try_to_score(self, name: str, scorer: Sequence[str]) -> list[dict[str, str]] | None:
        done = self._run("score.py", [self._reviews, "--output", self._folder / name, *scorer], check=False)
        return None if done.returncode else _read(self._folder / name)

    def _run(self, script: str, words: Sequence[str | Path], *, check: bool) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PROJECT / "scripts" / script), *map(str, words)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=check, env=self._environment)

    def _expect_same(self, rows: list[dict[str, str]]) -> None:
        """Fail unless the rows have the verdicts of the model on this machine."""
        assert [_all_but_probability(row) for row in rows] == [_all_but_probability(row) for row in self._here]
        for row, here in zip(rows, self._here, strict=True):
            assert abs(float(row["probability"]) - float(here["probability"])) <= _TOLERANCE, row["review"]


STEPS = (
    RoundTrip.train,
    RoundTrip.pack,
    RoundTrip.deploy,
    RoundTrip.deploy_asynchronous,
    RoundTrip.transform,
    RoundTrip.publish,
    RoundTrip.take_down,
)


def _all_but_probability(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in ("review", "sentiment", "tokens_read", "flags", "model")}


def _write(path: Path, names: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
