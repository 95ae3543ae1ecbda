"""The cost of the steps on SageMaker, without an account; docs/aws.md shows the command's output."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from sentiment.cloud.aws import prices
from sentiment.cloud.housekeeping import price_table
from sentiment.errors import CloudError
from sentiment.model import bundle
from sentiment.system.storage import PROJECT, SHIPPED_BUNDLE


def dollars(reviews, card):
    return {(step.name, step.place): step.dollars for step in price_table.steps("us-east-1", reviews, card)}


@pytest.fixture(scope="module")
def shipped():
    return bundle.describe(SHIPPED_BUNDLE)


def test_ten_times_the_reviews_are_ten_times_the_price_by_use_and_the_same_by_the_hour(shipped):
    timed = {"reviews_per_second": 1_000.0, "reviews": 2_000, "device": "cpu", "threads": 2}
    card = replace(shipped, report=shipped.report | {"speed": timed})
    few, many = dollars(1_000_000, card), dollars(10_000_000, card)
    growth = {step: many[step] / price for step, price in few.items()}
    assert growth["endpoint, by use, in large calls", "serverless, 2,048 MB"] == pytest.approx(10)
    assert growth["public API, one call per review", "plus its endpoint"] == pytest.approx(10)
    assert growth["endpoint, by the hour", "ml.m5.large"] == growth["train", "ml.c5.2xlarge"] == 1
    # The start of the instances is billed in addition.
    assert 2 < growth["batch transform", "10 × ml.c5.xlarge"] < growth["batch transform", "1 × ml.m5.xlarge"] < 10


def test_an_hour_of_training_is_the_hourly_price(shipped):
    assert dollars(1, shipped)["train", "ml.c5.2xlarge"] == prices.hourly("training", "ml.c5.2xlarge", "us-east-1")


def test_what_depends_on_a_speed_that_is_not_known_has_no_price(shipped):
    card = replace(shipped, report={})
    unknown = [step.name for step in price_table.steps("us-east-1", 1_000, card) if step.dollars is None]
    assert unknown == ["endpoint, by use, in large calls", "batch transform", "batch transform"]


def test_a_region_without_prices_is_refused_in_words(shipped):
    with pytest.raises(CloudError, match="Prices in mars-1 are not known"):
        list(price_table.steps("mars-1", 1_000, shipped))


def test_the_readme_shows_what_the_command_prints():
    readme = (PROJECT / "docs" / "aws.md").read_text()
    shown = re.findall(r"^\$ scripts/cloud\.py prices --reviews (\d+)\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for reviews, lines in shown:
        assert lines.splitlines() == price_table.lines("us-east-1", int(reviews), bundle.describe(SHIPPED_BUNDLE))


def test_script_says_it_as_json_too():
    script = [sys.executable, PROJECT / "scripts" / "cloud.py", "prices", "--reviews", "1000", "--json"]
    said = json.loads(subprocess.run(script, capture_output=True, text=True, check=True).stdout)
    assert {step["name"] for step in said["steps"]} >= {"train", "batch transform"}
