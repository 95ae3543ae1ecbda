"""The host process that loads a bundle and forks CPU workers; arguments: a socket's descriptor and the directory."""

import socket
import sys
from pathlib import Path

from sentiment.model.workers.preparation import answers_of, prepared
from sentiment.system.worker_host import serve


def main() -> None:
    """Load the bundle and fork workers that score with it."""
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control, lambda: answers_of(prepared(Path(sys.argv[2]))))


if __name__ == "__main__":
    main()
