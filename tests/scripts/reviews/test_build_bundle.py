"""From the archive, a folder of tables and the teacher's predictions to a bundle, by one command."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from scripts.research.reviews import lessons
from scripts.research.reviews.material import Amounts
from sentiment.model import bundle
from sentiment.model.predictor import Predictor
from sentiment.system.storage import PROJECT

SCRIPTS = PROJECT / "scripts" / "research" / "reviews"
PIECES, WIDTH = 30_522, 384


def started(script, *arguments):
    return subprocess.run(
        [sys.executable, SCRIPTS / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )


def verdicts(path, count):
    generator = np.random.default_rng(1)
    logits = generator.normal(0, 2, (count, 6)).astype(np.float16)
    np.savez(path, logits=logits, words=generator.normal(0, 1, (PIECES, WIDTH)).astype(np.float16))
    return path


@pytest.fixture(scope="module")
def built(found, archive, folder, tiny_bundle, tmp_path_factory):
    made = tmp_path_factory.mktemp("built")
    judged = verdicts(made / "verdicts.npz", len(lessons.unjudged(found, Amounts())))
    flags = ("--archive", archive, "--reviews", folder, "--hold-out", "teapots", "--start", tiny_bundle)
    ended = started("build_bundle.py", *flags, "--verdicts", judged, "--epochs", 1, "--output", made / "model")
    assert ended.returncode == 0, ended.stderr
    return made / "model"


def test_the_bundle_says_which_kinds_it_has_learnt_and_how_it_does_on_others(teacher_installed, built):
    card = bundle.describe(built)
    assert set(card.config.data["kinds"]) == {"films", "kettles", "lamps", "teapots"}
    assert card.config.data["kinds_judged"]["never_met"]["balanced_accuracy"] > 0
    assert set(card.report["kinds"]["never_met"]["kinds"]) == {"teapots"}
    assert json.dumps(card.report)


def test_it_reads_everyday_writing_and_rates_out_of_five(teacher_installed, built):
    predictor = Predictor.load(built, "cpu")
    assert predictor.bundle.config.text == "modern-2"
    (said,) = predictor.score(["The plot is wonderful and the cast is superb. I loved it."])
    assert 1 <= said.rating <= 5


def test_verdicts_on_other_texts_are_refused(teacher_installed, archive, folder, tiny_bundle, tmp_path):
    judged = verdicts(tmp_path / "verdicts.npz", 3)
    flags = ("--archive", archive, "--reviews", folder, "--start", tiny_bundle, "--output", tmp_path / "model")
    ended = started("build_bundle.py", *flags, "--verdicts", judged)
    assert ended.returncode == 2
    assert "labels of 3 texts" in ended.stderr
    assert not (tmp_path / "model").exists()


def test_the_teacher_is_tried_on_a_few_rows(teacher_installed, archive, folder, tmp_path):
    pieces, judged = tmp_path / "pieces.npz", tmp_path / "verdicts.npz"
    prepared = started(
        "judge_reviews.py", "prepare", "--archive", archive, "--reviews", folder, "--rows", 20, "--output", pieces
    )
    assert prepared.returncode == 0, prepared.stderr
    ended = started("judge_reviews.py", "run", "--pieces", pieces, "--epochs", 1, "--device", "cpu", "--output", judged)
    assert ended.returncode == 0, ended.stderr
    with np.load(judged) as stored:
        assert stored["logits"].shape == (20, 6)
        assert stored["logits"].dtype == np.float16
        assert np.isfinite(stored["logits"]).all()


def test_each_step_from_films_to_other_kinds_is_measured(
    teacher_installed, found, archive, folder, tiny_bundle, tmp_path
):
    judged = verdicts(tmp_path / "verdicts.npz", len(lessons.unjudged(found, Amounts())))
    flags = ("--archive", archive, "--reviews", folder, "--hold-out", "teapots", "--start", tiny_bundle, "--share", 1)
    ended = started("../kinds/measure_steps.py", *flags, "--verdicts", judged, "--results", tmp_path)
    assert ended.returncode == 0, ended.stderr
    rows = [json.loads((tmp_path / f"steps-{number}.json").read_text()) for number in range(5)]
    assert [row["texts"] for row in rows[:2]] == [
        0,
        len(found.film_train) + sum(len(kind.train) for kind in found.met.values()),
    ]
    assert rows[2]["texts"] == rows[1]["texts"] < rows[3]["texts"] == rows[4]["texts"]
    assert all(0 <= row["never_met"] <= 1 for row in rows)
