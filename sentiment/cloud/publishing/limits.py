"""Usage limits of a public API."""

import re
from dataclasses import dataclass

from sentiment.errors import ConfigError

_ORIGIN = re.compile(r"https?://[^/\s,]+|\*")


@dataclass(frozen=True)
class Limits:
    """Limits for callers: sustained calls per second, burst, calls per day, and calls processed concurrently.

    `origins` are the web sites that may call from a browser ("https://example.org", or "*" for all); the API's own
    page always may.

    Raises:
        ConfigError: a limit is not positive, or an origin is not valid.
    """

    rate_per_second: float = 5.0
    burst: int = 10
    daily_quota: int = 1_000
    concurrency: int = 5
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("rate_per_second", "burst", "daily_quota", "concurrency"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} must be more than 0.")
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ConfigError(f'"{origin}" is not a web site\'s origin, such as https://example.org.')
