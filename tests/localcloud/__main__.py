"""`scripts/local-cloud`: run the local cloud until it is interrupted."""

import argparse
import shlex
import signal
import threading

from localcloud.server import ADDRESS, LocalCloud


def main() -> None:
    """Listen, print the variables, and wait for Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="scripts/local-cloud", description="An AWS of your own on this machine.")
    parser.add_argument("--port", type=int, default=5901, help="port on 127.0.0.1; 0 takes a free one (default: 5901)")
    port = parser.parse_args().port
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        cloud = LocalCloud(port)
    except OSError:
        parser.exit(2, f"Port {port} on {ADDRESS} is taken: choose another with --port.\n")
    with cloud:
        print(_banner(cloud), flush=True)
        ended.wait()


def _banner(cloud: LocalCloud) -> str:
    """What it is and what it does, as shell comments, then the variables: the whole can be pasted into a shell."""
    return "\n".join(
        [
            f"# The local cloud listens on {cloud.url}, for this machine only. It costs nothing and keeps nothing.",
            "# It runs the code of the jobs and models that are sent to it, as you: send it only what you trust.",
            "# Ctrl-C ends it and everything it runs. To use it, in another shell:",
            *(f"export {name}={shlex.quote(value)}" for name, value in cloud.environment.items()),
        ]
    )


if __name__ == "__main__":
    main()
