"""The synthetic hotel reviews with planted causes, scored once for all tests here."""

import numpy as np
import pytest

from sentiment.answers.facts import TableFacts
from tests.support.hotel_reviews import scored_stays, stays


@pytest.fixture(scope="session")
def hotels(tmp_path_factory) -> TableFacts:
    """Return 3,000 stays, scored by the moods of their authors."""
    return TableFacts(scored_stays(tmp_path_factory.mktemp("hotels"), stays()))


@pytest.fixture
def every_row(hotels):
    return np.ones(hotels.row_count, dtype=bool)
