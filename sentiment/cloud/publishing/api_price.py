"""Cost of a public API in addition to its endpoint: by calls, and by visitors without a key."""

from sentiment.cloud.aws import prices
from sentiment.cloud.publishing.limits import Limits

_MEMORY = 256  # megabytes of the function, as in the template
# Busy time of the function per call, mostly waiting for the endpoint. An assumption, on the high side.
_BUSY_SECONDS = 0.5
# Busy time of the function for serving its page and for CORS preflight requests, neither of which needs a key.
_ANONYMOUS_SECONDS = 0.02
_ANONYMOUS_METHODS, ANONYMOUS_RATE, ANONYMOUS_BURST = 2, 1.0, 5
_DAY = 86_400


def price_in_words(limits: Limits, region: str) -> str:
    """Describe the API's cost per call and per day at its limits, in addition to the endpoint."""
    thousand, quota = (prices.amount(cost(region, calls)) for calls in (1_000, limits.daily_quota))
    return (
        f"Free without calls; a thousand calls cost {thousand} and the endpoint's own price. A day's quota of "
        f"{limits.daily_quota:,} calls comes to {quota} and the endpoint's own price. The page for visitors needs no "
        f"key, and misuse of it could add {prices.amount(anonymous_cost(region))} a day. These limits are best effort: "
        "AWS may allow slightly more calls."
    )


def cost(region: str, calls: int) -> float | None:
    """Return the dollars for `calls` calls, without the endpoint; None if prices in the region are not known."""
    return prices.api_cost(region, calls, _BUSY_SECONDS, _MEMORY)


def anonymous_cost(region: str) -> float | None:
    """Return the dollars per day if the page and preflight requests are called as often as their limits allow."""
    calls = int(_ANONYMOUS_METHODS * (ANONYMOUS_RATE * _DAY + ANONYMOUS_BURST))
    return prices.api_cost(region, calls, _ANONYMOUS_SECONDS, _MEMORY)
