"""A smaller run of the tool that damages tables: no reader raises an exception of a third-party library."""

import pytest

from scripts.research.robustness.mutated_tables import failures, seeds


@pytest.mark.parametrize("suffix", seeds())
def test_no_damaged_table_ends_in_a_foreign_exception(tmp_path, suffix):
    assert not list(failures(suffix, seeds()[suffix], 60, tmp_path, seed=1))
