"""The installed packages: the versions that runs and bundles record, and a sentence where one is missing."""

import importlib.metadata
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sentiment.errors import MissingExtraError

# The extras of pyproject.toml, by the top-level packages that only they bring.
EXTRA_OF = {
    "gensim": "train",
    "scipy": "train",
    "altair": "report",
    "sklearn": "report",
    "vl_convert": "report",
    "streamlit": "dashboard",
    "sqlalchemy": "dashboard",
    "boto3": "cloud",
    "botocore": "cloud",
    "sagemaker": "cloud",
    "moto": "local-cloud",
}


# What decides about the scores that a model gives.
_RECORDED = ("torch", "numpy", "nltk", "beautifulsoup4", "safetensors")


def recorded_versions() -> dict[str, str]:
    """Return the version of Python and of each library, by name; a library that is not installed is left out.

    They come from the installed metadata: importing torch only to ask it would take seconds.
    """
    versions = {"python": platform.python_version()}
    for name in _RECORDED:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


@contextmanager
def explained() -> Iterator[None]:
    """Turn the missing package of an extra, imported inside the block, into a sentence that says what to install.

    Raises:
        MissingExtraError: a package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRA_OF:
            raise
        raise MissingExtraError(
            f"The package {package} is not installed; install it with: "
            f"pip install 'review-sentiment[{EXTRA_OF[package]}]'"
        ) from error
