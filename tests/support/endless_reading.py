"""A bounded process that never finishes: it prints its id and waits."""

import os
import sys
import threading

from sentiment.system import bounded


def read() -> None:
    print(os.getpid(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(bounded.exit_code(read))
