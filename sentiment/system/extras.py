"""The optional parts of the installation: which package belongs to which, and a sentence where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

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
