"""Check image URIs against AWS's PyTorch images, as listed in the SageMaker SDK's tables.

Images of any other account, such as this project's own, are not checked: the local cloud has no registry.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

IMAGE = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^@]+)")
TABLES = ("pytorch", "pytorch-amzn2023")


def exists(address: str, region: str) -> bool:
    """Whether a job or model in a region can use an image; one of AWS's must be in its tables for that region."""
    found = IMAGE.fullmatch(address)
    if found is None or found["account"] not in _accounts():
        return True
    return found["region"] == region and any(name.fullmatch(found["name"]) for name in _names())


@cache
def _accounts() -> frozenset[str]:
    return frozenset(account for _, _, _, details in _versions() for account in details["registries"].values())


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form) for each in _versions() for form in _forms(*each))


def _forms(scope: dict[str, Any], short: str, version: str, details: dict[str, Any]) -> Iterator[str]:
    """Yield patterns for the tags of one version; ARM and newer images have no short forms."""
    system = details.get("container_version", {})
    for processor in scope.get("processors", ("cpu",)):
        if not details.get("processor_in_tag", True):  # it is part of the system's name
            yield f"{details['repository']}:{re.escape(version)}-{re.escape(system[processor])}"
            continue
        for python in details.get("py_versions", ()):
            tag = f"{re.escape(version)}-{processor}-{python}"
            if system:
                yield f"{details['repository']}:{tag}-{re.escape(system[processor])}-sagemaker"
            else:
                tag = tag.replace(re.escape(version), f"(?:{re.escape(version)}|{re.escape(short)})", 1)
                yield rf"{details['repository']}:{tag}(?:-[\w.]+-sagemaker)?"


def _versions() -> Iterator[tuple[dict[str, Any], str, str, dict[str, Any]]]:
    """Yield each version in the tables, with its scope and short version number."""
    folder = files("sagemaker.core") / "image_uri_config"
    for table in TABLES:
        scopes = json.loads((folder / f"{table}.json").read_text(encoding="utf-8"))
        for scope in scopes.values():
            shorter = {full: short for short, full in scope.get("version_aliases", {}).items()}
            for version, details in scope["versions"].items():
                yield scope, shorter.get(version, version), version, details
