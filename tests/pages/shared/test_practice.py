"""The badge of the local cloud, on the pages about AWS and next to all others."""

import pytest
from streamlit.testing.v1 import AppTest

BADGE = "Practice cloud: nothing is charged"


def page():
    from pages.shared.practice import show_practice_badge

    show_practice_badge()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("", False),
        ("https://sagemaker.eu-central-1.amazonaws.com", False),
        ("https://127.0.0.1.example.org", False),
    ],
)
def test_it_stands_where_this_machine_answers_for_aws_and_nowhere_else(monkeypatch, address, shown):
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    drawn = AppTest.from_function(page).run()
    assert any(BADGE in one.value for one in drawn.markdown) == shown
