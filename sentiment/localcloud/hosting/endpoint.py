"""One endpoint: starts, updates and deletes the containers of its variants."""

import random
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError

from sentiment.localcloud.access import roles
from sentiment.localcloud.access.keys import Key
from sentiment.localcloud.account.logs import LogStream
from sentiment.localcloud.clients import Clients
from sentiment.localcloud.hosting.model_server import ModelServer, UnhealthyError
from sentiment.localcloud.training.containers import ContainerFolder
from sentiment.localcloud.training.transfers import TransferError

LOG_GROUP = "/aws/sagemaker/Endpoints"
STARTUP_SECONDS = 240.0
SERVERLESS_STARTUP_SECONDS = 180.0


@dataclass(frozen=True)
class Variant:
    """A production variant's servers, one per instance; a serverless variant has one."""

    name: str
    servers: list[ModelServer]
    concurrency: int | None

    @property
    def serverless(self) -> bool:
        """Whether it is serverless, which has smaller limits."""
        return self.concurrency is not None


class Endpoint:
    """A running endpoint; `record` is moto's `FakeEndpoint`, and moto's `backend` holds models and configurations."""

    def __init__(self, record: Any, backend: Any, clients: Clients, folder: Path, private: bool) -> None:
        self.record = record
        self._backend, self._clients, self._folder, self._private = backend, clients, folder, private
        self._variants: dict[str, Variant] = {}
        self._starting: list[ModelServer] = []
        self._replaced: list[ModelServer] = []
        self._lock = threading.Lock()
        self._deleted = False

    @property
    def name(self) -> str:
        """Name of the endpoint."""
        return str(self.record.endpoint_name)

    @property
    def asynchronous_output(self) -> dict[str, str] | None:
        """Output locations of an asynchronous endpoint; None for other endpoints."""
        config = self._backend.endpoint_configs[self.record.endpoint_config_name]
        return (config.async_inference_config or {}).get("OutputConfig")

    @property
    def log_group(self) -> str:
        """CloudWatch log group of its containers."""
        return f"{LOG_GROUP}/{self.name}"

    @property
    def servers(self) -> list[ModelServer]:
        """All servers that accept requests."""
        return [server for variant in self._variants.values() for server in variant.servers]

    def start(self) -> None:
        """Create the endpoint: InService once every container answers its ping, Failed otherwise."""
        self._enter("Creating")
        threading.Thread(target=self._create, daemon=True, name=f"endpoint {self.name}").start()

    def update(self, config_name: str, variants: list[dict[str, Any]]) -> None:
        """Replace its containers by those of another configuration; the old ones serve until the new ones are ready.

        `variants` is moto's description of the new configuration's variants. If a new container fails, nothing
        changes and the record gives the reason.
        """
        self._enter("Updating")
        threading.Thread(target=self._replace, args=(config_name, variants), daemon=True).start()

    def delete(self) -> None:
        """Kill its containers, including those that are still starting."""
        with self._lock:
            self._deleted = True
            variants, self._variants = self._variants, {}
            starting, self._starting = self._starting, []
        for server in starting:
            server.end()
        _end(variants)

    def choose(self, target: str | None) -> Variant:
        """Return the variant `target`, or a random one according to the weights. KeyError for an unknown variant."""
        if target:
            return self._variants[target]
        weights = {each["VariantName"]: each.get("CurrentWeight", 1.0) for each in self.record.production_variants}
        names = [name for name in self._variants if weights.get(name)]
        return self._variants[random.choices(names, [weights[name] for name in names])[0]]

    def replace_dead(self, variant: Variant, server: ModelServer) -> None:
        """Replace a dead server by a new one, unless that is already in progress."""
        with self._lock:
            if server.running or server in self._replaced:
                return
            self._replaced.append(server)
        threading.Thread(target=self._substitute, args=(variant, server), daemon=True).start()

    def _substitute(self, variant: Variant, dead: ModelServer) -> None:
        try:
            configuration = self._backend.endpoint_configs[self.record.endpoint_config_name]
            described = next(each for each in configuration.production_variants if each["VariantName"] == variant.name)
            server = self._launch_server(variant.name, self._backend.describe_model(described["ModelName"]))
            server.wait_until_healthy(STARTUP_SECONDS)
        except (KeyError, ValidationError, UnhealthyError, TransferError):
            # It can no longer start, or the endpoint, its configuration or its model was deleted in the meantime:
            # the variant continues without this server.
            return
        with self._lock:
            current = self._variants.get(variant.name) is variant
            if current:
                variant.servers[variant.servers.index(dead)] = server
        if not current:
            server.end()

    def _create(self) -> None:
        try:
            variants = self._launch(self.record.endpoint_config_name)
        except (UnhealthyError, TransferError) as error:
            self.record.failure_reason = str(error)
            self._enter("Failed")
            return
        self._take(variants)

    def _replace(self, config_name: str, variants: list[dict[str, Any]]) -> None:
        try:
            servers = self._launch(config_name)
        except (UnhealthyError, TransferError) as error:
            self.record.failure_reason = str(error)
            self._enter("InService")
            return
        self.record.endpoint_config_name, self.record.production_variants = config_name, variants
        self.record.failure_reason = None
        self._take(servers)

    def _take(self, variants: dict[str, Variant]) -> None:
        """Make these variants serve, and end the previous ones."""
        with self._lock:
            if not self._deleted:
                self._variants, variants = variants, self._variants
                self._starting = []
                self._give_weights()
                self._enter("InService")
        _end(variants)

    def _launch(self, config_name: str) -> dict[str, Variant]:
        """Start healthy servers for each variant of a configuration. UnhealthyError, with none left, otherwise."""
        launched: dict[str, Variant] = {}
        try:
            for described in self._backend.endpoint_configs[config_name].production_variants:
                launched[described["VariantName"]] = self._launch_variant(described)
            for described in self._backend.endpoint_configs[config_name].production_variants:
                _await_health(launched[described["VariantName"]], described)
        except (UnhealthyError, TransferError):
            _end(launched)
            raise
        return launched

    def _launch_variant(self, described: dict[str, Any]) -> Variant:
        name, serverless = described["VariantName"], described.get("ServerlessConfig")
        count = 1 if serverless else int(described.get("InitialInstanceCount", 1))
        model = self._backend.describe_model(described["ModelName"])
        servers = [self._launch_server(name, model) for _ in range(count)]
        return Variant(name, servers, serverless["MaxConcurrency"] if serverless else None)

    def session(self) -> Key:
        """Return the keys of a new session of its first model's role."""
        configured = self._backend.endpoint_configs[self.record.endpoint_config_name].production_variants
        model = self._backend.describe_model(configured[0]["ModelName"])
        return roles.session(model.execution_role_arn, "SageMaker")

    def _launch_server(self, variant: str, model: Any) -> ModelServer:
        """Start a server of moto's `Model`, with the permissions of the model's role."""
        region, container = self._backend.region_name, model.primary_container
        key = roles.session(model.execution_role_arn, "SageMaker")
        instance = f"i-{uuid.uuid4().hex[:17]}"
        folder = ContainerFolder(self._folder / instance, self._private)
        server = ModelServer(folder, container["ModelDataUrl"], self._clients.client("s3", region, key))
        with self._lock:
            # Callers delete the log group right after the endpoint, so neither may be created again after that.
            if self._deleted:
                raise UnhealthyError("The endpoint was deleted.")
            stream = LogStream(self._clients.client("logs", region), self.log_group, f"{variant}/{instance}")
            server.start(self._clients.environment(region, key) | (container.get("Environment") or {}), stream)
            self._starting.append(server)
        return server

    def _give_weights(self) -> None:
        """Copy the configuration's weights to the record, because moto drops those that are 0."""
        configured = self._backend.endpoint_configs[self.record.endpoint_config_name].production_variants
        weights = {each["VariantName"]: float(each.get("InitialVariantWeight", 1.0)) for each in configured}
        for variant in self.record.production_variants:
            variant["CurrentWeight"] = variant["DesiredWeight"] = weights[variant["VariantName"]]

    def _enter(self, status: str) -> None:
        self.record.endpoint_status = status
        self.record.last_modified_time = utcnow()


def _await_health(variant: Variant, described: dict[str, Any]) -> None:
    usual = SERVERLESS_STARTUP_SECONDS if variant.serverless else STARTUP_SECONDS
    seconds = float(described.get("ContainerStartupHealthCheckTimeoutInSeconds") or usual)
    try:
        for server in variant.servers:
            server.wait_until_healthy(seconds)
    except UnhealthyError as error:
        raise UnhealthyError(
            f"The primary container for production variant {variant.name} did not pass the ping health check. "
            f"Please check CloudWatch logs for this endpoint. ({error})"
        ) from error


def _end(variants: dict[str, Variant]) -> None:
    for variant in variants.values():
        for server in variant.servers:
            server.end()
