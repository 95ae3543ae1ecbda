"""The versions that a run and a bundle record: of Python and of the libraries that decide what a model gives."""

import contextlib
import importlib.metadata
import platform

_LIBRARIES = ("torch", "numpy", "nltk", "beautifulsoup4", "safetensors")


def recorded_versions() -> dict[str, str]:
    """Return the version of Python and of each library, by name; a library that is not installed is left out.

    They come from the installed metadata: importing torch only to ask it would take seconds.
    """
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions
