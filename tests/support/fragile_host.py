"""A host of workers that answer a word in capitals, and die at the word "die": `python -m` runs it."""

import os
import socket
import sys

from sentiment.system.worker_host import serve


def in_capitals(words: list[str]) -> list[str]:
    if "die" in words:
        os._exit(1)
    return [word.upper() for word in words]


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control, lambda: in_capitals)
