"""The effect of `scripts/environment` for `scripts/app` and `scripts/test`, in a copy of the project with a `.venv`.

The copy's requirements are local packages and its `streamlit` prints its arguments, so that nothing is downloaded.
"""

import os
import shutil
import signal
import subprocess

import pytest

from sentiment.system.storage import PROJECT

# A package that is never built, with its own build backend.
ENDLESS = '[build-system]\nrequires = []\nbuild-backend = "endless"\nbackend-path = ["."]\n'
STREAMLIT = "import os, sys; print(os.getcwd(), *sys.argv[1:])"


@pytest.fixture(scope="module")
def set_up_project(tmp_path_factory):
    """Return a copy of the project in which `scripts/app` has run once, and the output."""
    folder = tmp_path_factory.mktemp("project with a space")
    (folder / "scripts").mkdir()
    for name in ("app", "environment", "test"):
        shutil.copy(PROJECT / "scripts" / name, folder / "scripts" / name)
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "streamlit.py").write_text(STREAMLIT)
    return folder, app(folder)


@pytest.fixture
def project(set_up_project, tmp_path):
    """Return a copy of that project for one test."""
    copy = tmp_path / "copy"
    shutil.copytree(set_up_project[0], copy, symlinks=True)
    return copy


def app(folder, *arguments, **environment):
    return subprocess.run(
        [folder / "scripts" / "app", *arguments],
        env=os.environ | environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_first_start_makes_the_environment_and_opens_the_dashboard(set_up_project):
    folder, first = set_up_project
    assert first.returncode == 0, first.stderr
    assert first.stdout.split()[-2:] == ["run", "streamlit_app.py"]
    assert str(folder) in first.stdout
    assert "Creating .venv" in first.stderr


def test_later_start_skips_what_is_done(project):
    later = app(project)
    assert later.returncode == 0
    assert later.stderr == ""


def test_what_follows_two_dashes_goes_to_streamlit(project):
    words = app(project, "--", "--server.port", "8600").stdout.split()
    assert words[-4:] == ["run", "streamlit_app.py", "--server.port", "8600"]


def test_with_a_local_cloud_the_dashboard_is_run_by_it_with_its_own_options(project):
    (project / "requirements-localcloud.txt").write_text("# nothing\n")
    cloud = project / "sentiment" / "localcloud"
    cloud.mkdir(parents=True)
    (cloud / "__main__.py").write_text("import sys; print(*sys.argv[1:])")
    started = app(project, "--local-cloud", "--", "--server.port", "8600")
    assert "Installing requirements.txt requirements-localcloud.txt" in started.stderr
    assert started.stdout.split() == [
        *("--port", "0", "--run", ".venv/bin/python", "-m", "streamlit", "run", "streamlit_app.py"),
        *("--server.port", "8600"),
    ]


def test_a_link_to_the_script_works_from_anywhere(project, tmp_path):
    (tmp_path / "link").symlink_to(project / "scripts" / "app")
    done = subprocess.run([tmp_path / "link"], cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(project))


def test_changed_requirements_are_installed(project):
    (project / "requirements.txt").write_text("# something else\n")
    assert "Installing requirements.txt" in app(project).stderr
    assert app(project).stderr == ""


def test_packages_that_cannot_be_installed_are_reported_and_tried_again(project):
    (project / "requirements.txt").write_text("./absent\n")
    broken = app(project)
    assert broken.returncode == 1
    assert broken.stderr.splitlines()[-1].startswith("app: The packages could not be installed")
    (project / "requirements.txt").write_text("# nothing\n")
    again = app(project)
    assert again.returncode == 0
    assert "Installing" in again.stderr
    assert "Creating" not in again.stderr


def test_an_installation_that_was_killed_is_done_again_from_scratch(project):
    endless = project / "endless"
    endless.mkdir()
    (endless / "pyproject.toml").write_text(ENDLESS)
    (endless / "endless.py").write_text("import pathlib, time; pathlib.Path('begun').touch(); time.sleep(600)")
    (project / "requirements.txt").write_text("./endless\n")
    first = subprocess.Popen([project / "scripts" / "app"], stderr=subprocess.DEVNULL, start_new_session=True)
    while not list(project.rglob("begun")):
        assert first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    (project / "requirements.txt").write_text("# nothing\n")
    again = app(project)
    assert again.returncode == 0, again.stderr
    assert "Creating .venv" in again.stderr
    assert app(project).stderr == ""


def commands(folder, **scripts):
    """Return a PATH directory with the few programs that the scripts need, and these shell scripts."""
    folder.mkdir()
    for name in ("bash", "env", "dirname", "readlink", "cat", "cmp", "rm"):
        (folder / name).symlink_to(shutil.which(name))
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_without_python_one_sentence_says_what_to_install(project, tmp_path):
    shutil.rmtree(project / ".venv")
    refused = app(project, PATH=commands(tmp_path / "bin", python3="exit 1"))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in refused.stderr


def test_without_the_venv_module_one_sentence_names_its_package(project, tmp_path):
    shutil.rmtree(project / ".venv")
    bare = "[[ $2 != *ensurepip* ]]"
    refused = app(project, PATH=commands(tmp_path / "bin", python3=bare))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "python3-venv" in refused.stderr


def test_help_explains_and_sets_nothing_up(project):
    shutil.rmtree(project / ".venv")
    assert app(project, "--help").stdout.startswith("Usage: scripts/app")
    assert not (project / ".venv").exists()


def test_unknown_arguments_are_refused(project):
    refused = app(project, "--port", "1")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Usage: scripts/app")


def test_without_chromium_the_tests_do_not_start(project):
    done = subprocess.run(
        [project / "scripts" / "test"],
        env=os.environ | {"CHROMIUM": "no-such-browser"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr
    assert done.stderr.count("\n") == 1
