"""The rules of the project's structure, as far as a program can check them."""

import ast
import graphlib
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator

import pytest

from sentiment.system.storage import PROJECT

FRONT_DOOR = PROJECT / "streamlit_app.py"
PAGES = sorted((PROJECT / "pages").rglob("*.py"))
PACKAGE = sorted((PROJECT / "sentiment").rglob("*.py"))
SCRIPTS = sorted((PROJECT / "scripts").rglob("*.py"))
MODULES = [FRONT_DOOR, *PAGES, *PACKAGE, *SCRIPTS]
TESTS = sorted((PROJECT / "tests").rglob("*.py"))

# From the bottom up: a module imports only from layers above its own in this list, or from its own.
LAYERS = """
    sentiment.errors
    sentiment.prediction
    sentiment.wording
    sentiment.system
    sentiment.text
    sentiment.tables
    sentiment.data
    sentiment.model
    sentiment.explanation
    sentiment.serving
    sentiment.evaluation
    sentiment.scoring
    sentiment.answers
    sentiment.training.loop
    sentiment.training.pretraining
    sentiment.training.classifier
    sentiment.training.adaptation
    sentiment.training
    sentiment.notebook
    sentiment.jobs
    sentiment.display
    sentiment.reporting
    sentiment.cloud.aws
    sentiment.cloud.ending
    sentiment.cloud.hosting
    sentiment.cloud.publishing
    sentiment.cloud.training
    sentiment.cloud.batch_transform
    sentiment.cloud.housekeeping
    sentiment.cloud.commands
    sentiment.localcloud
    sentiment.commands
    sentiment.__main__
    pages.shared
    pages.score
    pages.results
    pages.train
    pages.models
    pages.cloud
    streamlit_app
    scripts.research
    scripts
""".split()
# Sections of the dashboard do not import each other, except that the results import from the scoring section.
SECTIONS = ("pages.score", "pages.train", "pages.models", "pages.cloud")
MOST_MODULES = 12

AMAZON = {"boto3", "botocore", "sagemaker"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
TEXT = {".py", ".toml", ".txt", ".md", ".csv", ".svg", ".json", ".jsonl", ".yml", ".yaml", ".cfg", ""}
CONFIG = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())


def said(path):
    return str(path.relative_to(PROJECT))


def imported(nodes) -> set[str]:
    """Return the modules that these import statements name."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


# Parsed while tests are collected: Python 3.11's parser sometimes fails if another thread parses too, as the pages
# under test do.
TREES = {path: ast.parse(path.read_text()) for path in MODULES}


def packages_used(path) -> set[str]:
    return {name.split(".")[0] for name in imported(ast.walk(TREES[path]))}


def offenders(paths, packages) -> list[str]:
    return [said(path) for path in paths if packages_used(path) & packages]


def texts_of_the_project() -> Iterator[tuple[str, str]]:
    for top in sorted(PROJECT.iterdir()):
        if top.name.startswith(".") and top.name not in {".ci", ".streamlit", ".gitignore"}:
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield said(path), path.read_text(encoding="utf-8", errors="replace")


def test_no_page_lies_directly_in_pages_because_streamlit_would_run_it_without_the_front_door():
    assert not list((PROJECT / "pages").glob("*.py"))


def name_of(path) -> str:
    """Return the module's dotted name."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts)


def layer_of(module: str) -> str | None:
    """Return the longest layer that contains the module; None for other packages."""
    return max((each for each in LAYERS if f"{module}.".startswith(f"{each}.")), key=len, default=None)


def may_import(importer: str, imported: str) -> bool:
    own, other = layer_of(importer), layer_of(imported)
    if own is None or other is None:
        return True
    if {own, other} <= set(SECTIONS):
        return own == other
    return LAYERS.index(other) <= LAYERS.index(own)


def imports_of_the_house(path) -> set[str]:
    """Return the project's modules that the one in `path` imports."""
    known = {name_of(each) for each in MODULES}
    return imported(ast.walk(TREES[path])) & known


def test_a_module_imports_only_from_layers_below_its_own():
    wrong = [
        f"{name_of(path)} imports {other}"
        for path in MODULES
        for other in sorted(imports_of_the_house(path))
        if not may_import(name_of(path), other)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_lies_in_a_layer():
    assert not [said(path) for path in MODULES if path.stem not in {"__init__"} and layer_of(name_of(path)) is None]


def test_no_modules_import_each_other_in_a_circle():
    graph = {name_of(path): imports_of_the_house(path) for path in MODULES}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_a_folder_has_few_modules():
    folders = Counter(path.parent for path in MODULES if path.stem != "__init__" and path != FRONT_DOOR)
    assert not {said(folder): count for folder, count in folders.items() if count > MOST_MODULES}


def test_only_pages_and_the_front_door_import_streamlit():
    allowed = {FRONT_DOOR, *PAGES}
    assert not offenders([path for path in MODULES if path not in allowed], {"streamlit"})


def test_only_the_cloud_package_talks_to_amazon():
    clouds = {PROJECT / "sentiment" / "cloud", PROJECT / "sentiment" / "localcloud"}
    assert not offenders([path for path in MODULES if not clouds & set(path.parents)], AMAZON)


def test_the_package_does_not_import_pages_or_scripts():
    assert not offenders(PACKAGE, {"pages", "scripts", "streamlit_app"})


REFUSE_TORCH = """
import sys

class Refusal:
    # Not by an entry in sys.modules: libraries that treat arrays of torch look there.
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ImportError("torch")

sys.meta_path.insert(0, Refusal())
"""


def test_torch_is_not_imported_by_opening_a_page():
    """Importing torch takes seconds, so the top-level imports of the entry point and the pages must not import it."""
    tops = [TREES[path].body for path in (FRONT_DOOR, *PAGES)]
    statements = [ast.unparse(node) for top in tops for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
    program = "\n".join([REFUSE_TORCH, *statements])
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_is_unpickled():
    assert not offenders(MODULES, PICKLES)
    for path in MODULES:
        for call in (node for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            given = {word.arg: ast.unparse(word.value) for word in call.keywords}
            assert name != "torch.load" or given.get("weights_only") == "True", said(path)
            assert not name.endswith("read_pickle"), said(path)
            assert given.get("allow_pickle") != "True", said(path)


def test_no_file_names_a_place_on_one_machine():
    place = re.compile(r"(?<![\w./:}])/(?:root|work|Users/\w+|home/\w+)/")
    assert not [name for name, text in texts_of_the_project() if place.search(text)]


@pytest.mark.parametrize("path", sorted(PROJECT.glob("requirements*.txt")), ids=lambda path: path.stem)
def test_every_requirement_is_pinned(path):
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    assert not [
        line
        for line in lines
        if line and not line.startswith("-r ") and not re.fullmatch(r"[\w.-]+(\[\w+\])?==\S+", line)
    ]


def test_the_dashboard_fetches_nothing_and_reports_nothing():
    text = (PROJECT / ".streamlit" / "config.toml").read_text()
    assert not re.search(r"https?://|^\s*(font|base)\w*\s*=|fontFaces", text, flags=re.MULTILINE)
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["address"] == "127.0.0.1"
    # A Material icon as the page's icon would be fetched from fonts.gstatic.com.
    assert "page_icon=icon" in FRONT_DOOR.read_text()


def luminance(colour):
    """Return the relative luminance of "#rrggbb", as defined by WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_background(theme):
    colours = CONFIG["theme"][theme]
    backgrounds = [colours["backgroundColor"], colours["secondaryBackgroundColor"]]
    pairs = [(colours[name], each) for name in colours if name in {"textColor", "linkColor"} for each in backgrounds]
    for hue in ("blue", "orange", "gray"):
        for background in (*backgrounds, colours[f"{hue}BackgroundColor"]):
            pairs.append((colours[f"{hue}TextColor"], background))
    pairs.append((colours["primaryColor"], "#ffffff"))  # the label of the primary button
    for one, other in pairs:
        lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (one, other)


def test_nothing_brings_its_own_css():
    for path in (FRONT_DOOR, *PAGES):
        assert not re.search(r"unsafe_allow_html|<style", path.read_text()), said(path)


def test_modules_are_small_have_one_job_and_say_which():
    assert len(FRONT_DOOR.read_text().splitlines()) <= 45
    for path in (*MODULES, *TESTS):
        assert path.stem not in VAGUE_NAMES, said(path)
    for path in MODULES:
        text = path.read_text()
        assert len(text.splitlines()) <= 350, said(path)
        assert ast.get_docstring(TREES[path]), said(path)


@pytest.mark.parametrize("name", ["scripts/app", "scripts/test", "scripts/local-cloud", ".ci/run"])
def test_commands_can_be_run(name):
    assert os.access(PROJECT / name, os.X_OK)
    subprocess.run(["bash", "-n", PROJECT / name], check=True)
