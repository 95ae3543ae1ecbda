import json
import re
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from sentiment.cloud.aws import account, prices
from sentiment.errors import CloudError
from sentiment.system import storage
from sentiment.system.storage import PROJECT


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))


def test_shipped_table_is_dated_and_every_type_offered_has_a_price_and_a_description():
    assert date(2024, 1, 1) < prices.known_at("us-east-1") <= datetime.now(UTC).date()
    for kind in get_args(prices.PricedUse):
        assert prices.offered(kind)
        for name in prices.offered(kind):
            assert 0 < prices.hourly(kind, name, "us-east-1") < 10
            assert "processors" in prices.machine(name)


def test_a_machine_with_several_graphics_processors_says_how_many():
    assert prices.machine("ml.g5.12xlarge").endswith(", 4 × NVIDIA A10G")
    assert prices.machine("ml.g5.xlarge").endswith(" GB, NVIDIA A10G")
    names = ("ml.g5.12xlarge", "ml.g5.xlarge", "ml.m5.xlarge", "ml.none.large")
    assert [prices.graphics_processors(name) for name in names] == [4, 1, 0, 0]


def test_other_regions_cost_more_by_their_factor_and_unknown_ones_are_unknown():
    home = prices.hourly("hosting", "ml.m5.large", "us-east-1")
    assert prices.hourly("hosting", "ml.m5.large", "eu-central-1") == pytest.approx(1.2 * home)
    assert prices.hourly("hosting", "ml.m5.large", "mars-north-1") is None
    assert prices.hourly("hosting", "ml.none.large", "us-east-1") is None
    assert prices.cost("hosting", "ml.none.large", "us-east-1", 60) is None
    assert prices.machine("ml.none.large") == ""


def test_only_a_type_that_is_neither_offered_nor_priced_is_refused():
    prices.check_offered("hosting", "ml.m5.large", "us-east-1")
    prices.check_offered("hosting", "ml.m5.large", "mars-north-1")  # offered, at an unknown price
    storage.write_json(
        storage.home() / "prices" / "eu-west-1.json",
        {"date": "2026-01-01", "training": {}, "hosting": {"ml.r9.large": 1.0}, "transform": {}},
    )
    prices.check_offered("hosting", "ml.r9.large", "eu-west-1")
    for kind, region in (("training", "eu-west-1"), ("hosting", "us-east-1")):
        with pytest.raises(
            CloudError, match=rf"^No {kind} price is known for the instance type ml\.r9\.large: choose one such as ml\."
        ):
            prices.check_offered(kind, "ml.r9.large", region)


def test_cost_is_time_by_instances():
    assert prices.cost("training", "ml.g5.xlarge", "us-east-1", 1800, 2) == pytest.approx(
        prices.hourly("training", "ml.g5.xlarge", "us-east-1")
    )


def test_serverless_is_paid_by_memory_and_busy_seconds_and_data():
    assert prices.serverless_cost("us-east-1", 2048, 1000) == pytest.approx(0.04)
    assert prices.serverless_cost("us-east-1", 2048, 0, 10**9) == pytest.approx(0.016)
    assert prices.serverless_cost("mars-north-1", 2048, 1) is None


def test_files_cost_by_size_and_time():
    assert prices.storage_hourly("us-east-1", 10**9) * 730 == pytest.approx(0.023)


def test_amounts_and_sentences_are_plain():
    assert prices.amount(0.351) == "$0.35"
    assert prices.amount(1234.5) == "$1,234.50"
    assert prices.amount(0.001) == "less than $0.01"
    assert prices.amount(0) == "nothing"
    hour = prices.hourly("training", "ml.g5.xlarge", "us-east-1")
    assert (
        prices.sentence("training", "ml.g5.xlarge", "us-east-1", 720)
        == f"about ${hour / 5:.2f}: 12 min on ml.g5.xlarge"
    )
    assert prices.sentence("transform", "ml.m5.xlarge", "us-east-1", 20) == "less than $0.01: 20 s on ml.m5.xlarge"
    assert [prices.about(dollars) for dollars in (0.351, 0.001, 0, None)] == [
        "about $0.35",
        "less than $0.01",
        "nothing",
        "an unknown amount",
    ]
    assert prices.sentence("training", "ml.m5.large", "us-east-1", 7200, 3).endswith("2 h on 3 × ml.m5.large")
    assert prices.sentence("training", "ml.none", "us-east-1", 60) == "an unknown amount: 1 min on ml.none"


def test_only_one_place_puts_dollars_in_words():
    sources = [path for folder in ("sentiment", "pages", "scripts") for path in (PROJECT / folder).rglob("*.py")]
    written = re.compile(r"""\$(%|\{[^}]*[:,])""")
    # The local cloud reads policies, whose variables look similar.
    sources = [path for path in sources if "localcloud" not in path.parts]
    found = [path.name for path in sources if written.search(path.read_text(encoding="utf-8"))]
    assert found == ["prices.py"]


def test_prices_are_read_from_aws_and_kept_for_their_region(local_cloud):
    here = account.connect(region="eu-west-1")
    before = prices.hourly("hosting", "ml.m5.large", "eu-west-1")
    local_cloud.price_list.clear()
    local_cloud.price_list["EU-Host:ml.m5.large"] = 0.5
    local_cloud.price_list["EU-Train:ml.m5.large"] = 0.25
    local_cloud.price_list["EU-Tsform:ml.m5.large"] = 0.75
    local_cloud.price_list["EU-Notebk:ml.m5.large"] = 9.0
    assert prices.refresh(here) == 3
    assert prices.hourly("hosting", "ml.m5.large", "eu-west-1") == 0.5 != before
    assert prices.hourly("training", "ml.m5.large", "eu-west-1") == 0.25
    assert prices.hourly("transform", "ml.m5.large", "eu-west-1") == 0.75
    # Prices missing in the list still come from the shipped table, as for every other region.
    assert prices.hourly("hosting", "ml.c5.large", "eu-west-1")
    assert prices.hourly("hosting", "ml.m5.large", "eu-west-2") != 0.5
    assert prices.known_at("eu-west-1") == datetime.now(UTC).date()


def test_without_any_price_the_table_in_use_stays(local_cloud, tmp_path):
    local_cloud.price_list.clear()
    with pytest.raises(CloudError, match="lists no instances for us-east-1"):
        prices.refresh(account.connect())
    assert not (tmp_path / "prices").exists()


def test_refused_price_list_is_reported(local_cloud):
    local_cloud.faults.next_calls("GetProducts", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        prices.refresh(account.connect())
    assert json.loads(prices.SHIPPED.read_text())["date"] == prices.known_at("us-east-1").isoformat()


def test_refreshed_prices_and_those_of_the_table_are_distinguished(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    shipped = prices.known_at("eu-west-1")
    assert prices.dated("eu-west-1") == f"list prices of {shipped:%-d %B %Y}"
    prices.write_json(prices._kept("eu-west-1"), {"date": "2026-11-30", "training": {}, "hosting": {}, "transform": {}})
    assert prices.dated("eu-west-1") == (
        f"list prices of 30 November 2026 for instances, of {shipped:%-d %B %Y} for usage-based charges"
    )


def test_region_without_prices_is_reported_before_anything_begins():
    assert prices.remark("us-east-1") == ""
    assert "read AWS's list with scripts/cloud.py status --refresh-prices --region ap-southeast-7" in prices.remark(
        "ap-southeast-7"
    )
    assert prices.dated("ap-southeast-7").endswith("those of ap-southeast-7 are not known")
