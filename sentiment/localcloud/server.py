"""The local cloud: moto's HTTP server on 127.0.0.1, with the machinery behind its SageMaker."""

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
OFTEN = {"SENTIMENT_POLL_SECONDS": "0.1"}


class QuietHandler(MotoRequestHandler):
    """moto's, without a line for every request."""

    def log(self, type: str, message: str, *arguments: object) -> None:
        """Say nothing."""


class LocalCloud:
    """A cloud that listens from `with` to its end, when everything it runs is killed; one a process at a time.

    `port` 0 takes a free one. OSError when the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        with socket.create_server((ADDRESS, port)) as listening:  # werkzeug would end the program for a taken port
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
        """The variables that point boto3 here, with the owner's key, and have us look often at what is under way."""
        return self._clients.environment(REGION) | OFTEN

    def user(self, name: str, *policies: str) -> dict[str, str]:
        """Make a user who may do what these policies of ours allow, such as "app-user"; return its variables.

        Nothing else is allowed: no call of the user's passes that its policies do not allow, by action, resource and
        condition.
        """
        place = Account(None, REGION, DEFAULT_ACCOUNT_ID, "")
        key = make_user(name, {each: roles.policy(place, each) for each in policies})
        return self._clients.environment(REGION, key) | OFTEN

    @property
    def faults(self) -> Faults:
        """What a test wants to go wrong."""
        return self.machinery.faults

    @property
    def price_list(self) -> dict[str, float]:
        """Dollars an hour by usage type, such as "USE1-Host:ml.m5.large", that AWS's price list has: ours at first."""
        return self.machinery.price_list

    @property
    def quotas(self) -> dict[str, float]:
        """How many instances the account may have at once, by quota, such as "ml.m5.large for endpoint usage"."""
        return self.machinery.quotas

    def silence(self) -> AbstractContextManager[None]:
        """An AWS that does not answer as long as the block lasts."""
        return self._front.silence()

    def fire(self, schedule: str) -> str:
        """Do now what a schedule says; return why AWS refused it, "" when it was done. KeyError: there is none."""
        return self._schedules.fire(schedule)

    def set_endpoint_status(self, name: str, status: str, region: str = REGION) -> None:
        """Let an endpoint be in a state that it rarely gets into, such as "SystemUpdating"; it serves as before."""
        self.machinery.endpoints[region, name].record.endpoint_status = status

    def interrupt_training(self, name: str, region: str = REGION) -> None:
        """Take a spot job's instances away; it goes on from its checkpoint on new ones."""
        self.machinery.training[region, name].interrupt()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._front(environ, start_response)

    def reset(self) -> None:
        """Kill everything that runs and forget everything that was created."""
        self.machinery.end_everything()
        moto_api_backend.reset()
