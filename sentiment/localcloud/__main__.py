"""`scripts/local-cloud`: run the local cloud until it is interrupted, or while a command uses it."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

# Ignore profiles, sessions and files of the AWS tools, here and in the command: they lead to other accounts.
UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN")
POLICIES = ("app-user", "deployer")
NOWHERE = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def main() -> None:
    """Listen, print the variables, and wait for Ctrl-C, SIGTERM or the end of the command."""
    parser = argparse.ArgumentParser(
        prog="scripts/local-cloud", description="Run a local AWS on this machine, for practice and tests."
    )
    parser.add_argument("--port", type=int, default=5901, help="port on 127.0.0.1; 0 takes a free one (default: 5901)")
    parser.add_argument(
        "--run",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command that uses the cloud, and stop when it ends",
    )
    parser.add_argument(
        "--may",
        action="append",
        default=[],
        choices=POLICIES,
        help="act as a user with only this policy of assets/iam (may be repeated; default: everything is allowed)",
    )
    arguments = parser.parse_args()
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update(NOWHERE)
    from sentiment.localcloud.server import (  # here because moto reads the profile when it is imported
        ADDRESS,
        LocalCloud,
    )

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        cloud = LocalCloud(arguments.port)
    except OSError:
        parser.exit(2, f"Port {arguments.port} on {ADDRESS} is in use: choose another with --port.\n")
    code = 0
    with cloud:
        environment = cloud.user("user", *arguments.may) if arguments.may else cloud.environment
        print(_banner(cloud.url, environment), flush=True)
        if arguments.run:
            code = _run(arguments.run, environment, ended)
        else:
            ended.wait()
    sys.exit(code)


def _run(command: Sequence[str], environment: Mapping[str, str], ended: threading.Event) -> int:
    """Run a command whose boto3 uses only this cloud, and return its exit code; it ends when this process must."""
    program = subprocess.Popen(command, env={**os.environ, **environment})

    def await_end() -> None:
        program.wait()
        ended.set()

    threading.Thread(target=await_end, daemon=True).start()
    ended.wait()
    program.terminate()
    return program.wait()


def _banner(url: str, environment: Mapping[str, str]) -> str:
    """Return an introduction as shell comments and the variables, so that all of it can be pasted into a shell."""
    return "\n".join(
        [
            f"# The local cloud listens on {url}, for this machine only. It costs nothing and keeps nothing.",
            "# It runs the code of submitted jobs and models under your user account: submit only what you trust.",
            "# It accepts only requests signed with this key, which is new at each start: keep it secret.",
            "# Ctrl-C stops it and everything it runs. To use it in another shell:",
            *(f"export {name}={shlex.quote(value)}" for name, value in environment.items()),
        ]
    )


if __name__ == "__main__":
    main()
