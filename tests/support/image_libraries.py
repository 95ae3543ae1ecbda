"""The libraries of a container image and no others, as a PYTHONPATH folder of links to the installed ones."""

import importlib.metadata
from pathlib import Path

from packaging.requirements import Requirement

# A dependency of torch for compiling models, which scoring does not do.
_UNUSED = {"setuptools"}


def link_libraries(folder: Path, names) -> Path:
    """Fill `folder` with links to the installed libraries of these names and to all their dependencies."""
    folder.mkdir(parents=True)
    for distribution in _with_needs(names):
        tops = {file.parts[0] for file in distribution.files or [] if ".." not in file.parts}
        for top in tops - {"__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(distribution.locate_file(top))
    return folder


def _with_needs(names) -> list[importlib.metadata.Distribution]:
    found, wanted = {}, list(names)
    while wanted:
        name = wanted.pop()
        if name in found or name in _UNUSED:
            continue
        found[name] = importlib.metadata.distribution(name)
        needs = map(Requirement, found[name].requires or [])
        wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return list(found.values())
