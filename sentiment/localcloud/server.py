"""The local cloud: moto's HTTP server on 127.0.0.1, with the machinery behind its SageMaker API."""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sentiment.cloud.aws import roles
from sentiment.cloud.aws.account import Account
from sentiment.localcloud import sagemaker_api
from sentiment.localcloud.access.keys import Keys
from sentiment.localcloud.access.users import make_user
from sentiment.localcloud.account import budgets_api, cloudformation_api, iam_api, lambda_api, s3_api
from sentiment.localcloud.account.faults import Faults
from sentiment.localcloud.account.schedules import Schedules
from sentiment.localcloud.catalogue import quotas
from sentiment.localcloud.clients import Clients
from sentiment.localcloud.front import Front
from sentiment.localcloud.machinery import Machinery

ADDRESS = "127.0.0.1"
REGION = "us-east-1"
# A connection over which nothing arrives for this long is closed: each one takes a thread.
IDLE_SECONDS = 60.0
OFTEN = {"SENTIMENT_POLL_SECONDS": "0.1"}


class QuietHandler(MotoRequestHandler):
    """moto's request handler without a log line for every request, and with a limit for clients that stall."""

    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Handle the requests of one connection; clients that stall or disconnect are no fault."""
        with contextlib.suppress(OSError):
            super().handle()

    def log(self, type: str, message: str, *arguments: object) -> None:
        """Log nothing."""


class LocalCloud:
    """A cloud that runs within its `with` block, at whose end everything in it is killed; at most one per process.

    `port` 0 chooses a free port. OSError if the port is in use.
    """

    def __init__(self, port: int = 0) -> None:
        with socket.create_server((ADDRESS, port)) as listening:  # werkzeug would exit if the port is in use
            host, chosen_port = listening.getsockname()
            self._server = make_server(
                host,
                chosen_port,
                self._answer,
                threaded=True,
                request_handler=QuietHandler,
                fd=listening.fileno(),
            )
        self.url = f"http://{ADDRESS}:{self._server.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="local-cloud-", ignore_cleanup_errors=True)
        keys = Keys()
        self._clients = Clients(self.url, keys)
        self.machinery = Machinery(Path(self._folder.name), self._clients)
        self._schedules = Schedules(self._clients)
        self._front = Front(
            DomainDispatcherApplication(create_backend_app), self.machinery, keys, f"{ADDRESS}:{self._server.port}"
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="local cloud")

    def __enter__(self) -> "LocalCloud":
        iam_api.install()
        budgets_api.install()
        s3_api.install()
        sagemaker_api.install(self.machinery)
        lambda_api.install(self.machinery.functions)
        cloudformation_api.install(self.url)
        quotas.install(self.machinery.quotas)
        self._thread.start()
        self._schedules.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._schedules.end()
        self.reset()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """Variables that direct boto3 to this cloud with the owner's key, and that shorten our polling interval."""
        return self._clients.environment(REGION) | OFTEN

    def user(self, name: str, *policies: str) -> dict[str, str]:
        """Create a user with these policies of this project, such as "app-user", and return its variables.

        Every call of the user must be allowed by these policies, by action, resource and condition.
        """
        place = Account(None, REGION, DEFAULT_ACCOUNT_ID, "")
        key = make_user(name, {each: roles.policy(place, each) for each in policies})
        return self._clients.environment(REGION, key) | OFTEN

    @property
    def faults(self) -> Faults:
        """Faults to inject."""
        return self.machinery.faults

    @property
    def price_list(self) -> dict[str, float]:
        """Dollars per hour by usage type, such as "USE1-Host:ml.m5.large"; the project's by default."""
        return self.machinery.price_list

    @property
    def quotas(self) -> dict[str, float]:
        """The account's instance quotas by name, such as "ml.m5.large for endpoint usage"."""
        return self.machinery.quotas

    def silence(self) -> AbstractContextManager[None]:
        """Return a block in which the cloud answers no requests."""
        return self._front.silence()

    def fire(self, schedule: str) -> str:
        """Run a schedule now; return the reason of a refusal, "" on success. KeyError if there is none."""
        return self._schedules.fire(schedule)

    def set_endpoint_status(self, name: str, status: str, region: str = REGION) -> None:
        """Put an endpoint into a state that it rarely enters, such as "SystemUpdating"; it serves as before."""
        self.machinery.endpoints[region, name].record.endpoint_status = status

    def interrupt_training(self, name: str, region: str = REGION) -> None:
        """Interrupt a spot job, which then continues from its checkpoint on new instances."""
        self.machinery.training[region, name].interrupt()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._front(environ, start_response)

    def reset(self) -> None:
        """Kill everything that runs and delete everything that was created."""
        self.machinery.end_everything()
        moto_api_backend.reset()
