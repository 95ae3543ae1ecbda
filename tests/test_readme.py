"""The examples in the README work as shown."""

import re
import shlex
import subprocess
import sys

import pytest

from sentiment.system.storage import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
LONGEST = 120


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_it_is_short():
    assert len(README.splitlines()) <= LONGEST


def test_its_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert len(targets) > 5
    for target in targets:
        path, _, heading = target.partition("#")
        text = (PROJECT / path).read_bytes()
        anchors = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).strip().lower().replace(" ", "-")
            for line in text.decode("utf-8", "replace").splitlines()
            if line.startswith("#")
        }
        assert not heading or heading in anchors, target


def test_the_notebook_lines_run(monkeypatch):
    monkeypatch.chdir(PROJECT)
    (lines,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(lines, "README.md", "exec"), names)
    assert {"sentiment", "probability"} <= set(names["scored"].columns)


def test_the_command_line_runs(tmp_path):
    (line,) = blocks("console")
    written = ("scored.csv", "report.html")
    words = [str(tmp_path / word) if word in written else word for word in shlex.split(line.removeprefix("$ "))]
    done = subprocess.run([sys.executable, *words], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "scored.csv").read_text().startswith("id,date,category,review,sentiment,")
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", [line for block in blocks("bash") for line in block.splitlines() if line])
def test_each_command_is_there_with_its_flags(line):
    program, *words = shlex.split(line, comments=True)
    assert (PROJECT / program).is_file()
    if flags := [word for word in words if word.startswith("--")]:
        described = subprocess.run(
            [sys.executable, program, "--help"], cwd=PROJECT, capture_output=True, text=True
        ).stdout
        assert all(flag in described for flag in flags)
