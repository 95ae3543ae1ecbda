"""A smaller run of the tool that kills writers: uploads, opinions, a download, a table and a training."""

import hashlib

import pytest

from scripts.research.robustness.kills import served, toll
from scripts.research.robustness.writers import writers


@pytest.mark.parametrize(("name", "kills"), [("upload", 4), ("feedback", 3), ("fetch", 4), ("train", 1)])
def test_what_is_killed_and_run_again_ends_as_if_undisturbed(name, kills):
    content = b"archive" * 2**20
    with served(content) as url:
        taken = toll(name, writers(url, hashlib.md5(content).hexdigest())[name], kills, seed=1)
    assert not taken.faults
    assert taken.kills >= kills
    assert taken.ended
