"""The installed packages: the versions recorded by runs and bundles, and an error message if one is missing."""

import importlib.metadata
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sentiment.errors import MissingExtraError

# The extras of pyproject.toml, by the top-level packages that only they install.
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


# The packages that affect a model's scores.
_RECORDED = ("torch", "numpy", "nltk", "beautifulsoup4", "safetensors")


def recorded_versions() -> dict[str, str]:
    """Return the version of Python and of each library, by name, without libraries that are not installed.

    They are read from the installed metadata, since importing torch only for its version would take seconds.
    """
    versions = {"python": platform.python_version()}
    for name in _RECORDED:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


@contextmanager
def explained() -> Iterator[None]:
    """Turn a missing package of an extra, imported inside the block, into a sentence that states what to install.

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
