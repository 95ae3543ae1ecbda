"""The Java version of this machine, for tests of programs that need it."""

import re
import shutil
import subprocess


def java_version() -> int:
    """Return the major version, such as 17; 0 if Java is not installed."""
    if not shutil.which("java"):
        return 0
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    return int(version[1]) if version else 0
