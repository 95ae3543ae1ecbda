#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""The command `sentiment score`, run from a clone."""

from clone import run_command

run_command("score")
