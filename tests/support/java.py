"""Which Java a machine has, for the tests of what runs on it."""

import re
import shutil
import subprocess


def java_version() -> int:
    """Return the major version, such as 17; 0 where there is none."""
    if not shutil.which("java"):
        return 0
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    return int(version[1]) if version else 0
