"""A server on this machine rejects requests from pages of other web sites."""

import pytest

from sentiment.system.browsers import is_foreign

OWN = "127.0.0.1:5901"


@pytest.mark.parametrize(
    ("host", "origin", "site"),
    [(OWN, None, None), (OWN, f"http://{OWN}", "same-origin"), (OWN, None, "none")],
)
def test_own_pages_and_what_is_no_browser_are_answered(host, origin, site):
    assert not is_foreign([OWN], host, origin, site)


@pytest.mark.parametrize(
    ("host", "origin", "site"),
    [
        ("rebound.example:5901", None, None),
        ("localhost:5901", None, None),
        ("127.0.0.1", None, None),
        ("127.0.0.1:5902", None, None),
        (None, None, None),
        (OWN, "https://example.org", "cross-site"),
        (OWN, "http://127.0.0.1:8501", "same-site"),
        (OWN, f"https://{OWN}", None),
        (OWN, "null", None),
        (OWN, None, "cross-site"),
        (OWN, None, "same-site"),
        (OWN, f"http://{OWN}", "cross-site"),
    ],
)
def test_another_origin_or_name_is_foreign(host, origin, site):
    assert is_foreign([OWN], host, origin, site)
