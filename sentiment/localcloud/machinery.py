"""Registry of everything that runs in the local cloud, which API calls look up, start and stop."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from sentiment.localcloud.account.faults import Faults
from sentiment.localcloud.account.functions import Functions
from sentiment.localcloud.account.gateway import Gateway
from sentiment.localcloud.catalogue import price_list, quotas
from sentiment.localcloud.clients import Clients
from sentiment.localcloud.hosting.endpoint import Endpoint
from sentiment.localcloud.hosting.invocation import Invoker
from sentiment.localcloud.hosting.transform_run import TransformRun
from sentiment.localcloud.training.containers import namespaces_available
from sentiment.localcloud.training.training_record import TrainingRecord
from sentiment.localcloud.training.training_run import TrainingRun


@dataclass
class Machinery:
    """The jobs and endpoints of all regions, by region and name, with their files in one folder.

    Three settings can be changed, with effect on what is started afterwards: whether containers are `private` (have a
    namespace of their own), the seconds between SIGTERM and SIGKILL (AWS: 120), and the seconds until a new role can be
    assumed (AWS: about ten).
    """

    folder: Path
    clients: Clients
    private: bool = field(default_factory=namespaces_available)
    grace_seconds: float = 120.0
    role_settling_seconds: float = 5.0
    training: dict[tuple[str, str], TrainingRun] = field(default_factory=dict)
    endpoints: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    transforms: dict[tuple[str, str], TransformRun] = field(default_factory=dict)
    invoker: Invoker = field(default_factory=lambda: Invoker(DEFAULT_ACCOUNT_ID))
    faults: Faults = field(default_factory=Faults)
    price_list: dict[str, float] = field(default_factory=price_list.shipped)
    quotas: dict[str, float] = field(default_factory=quotas.usual)

    def __post_init__(self) -> None:
        """Create the Lambda functions and the gateway in front of them."""
        self.functions = Functions(self.folder / "functions", self.clients)
        self.gateway = Gateway(DEFAULT_ACCOUNT_ID, self.functions)

    def start_training(self, record: TrainingRecord, region: str) -> None:
        """Run a training job that has just been recorded."""
        folder = self.folder / "training" / region / record.name
        run = TrainingRun(record, region, self.clients, folder, self.private, self.grace_seconds)
        self.training[region, record.name] = run
        run.start()

    def start_transform(self, record: Any, model: Any, region: str) -> None:
        """Run a batch transform job that has just been recorded; `model` is moto's record of its model."""
        folder = self.folder / "transform" / region / record.transform_job_name
        run = TransformRun(record, model, region, self.clients, folder, self.private)
        self.transforms[region, run.name] = run
        run.start()

    def start_endpoint(self, record: Any, backend: Any) -> None:
        """Serve an endpoint that has just been recorded, and register it."""
        folder = self.folder / "endpoints" / backend.region_name / record.endpoint_name
        endpoint = Endpoint(record, backend, self.clients, folder, self.private)
        self.endpoints[backend.region_name, endpoint.name] = endpoint
        endpoint.start()

    def end_endpoint(self, region: str, name: str) -> None:
        """Kill an endpoint's containers and unregister it."""
        self.endpoints.pop((region, name)).delete()

    def end_everything(self) -> None:
        """Kill everything that runs, and reset registry, faults, prices and quotas."""
        self.faults.clear()
        self.price_list = price_list.shipped()
        self.quotas.clear()
        self.quotas.update(quotas.usual())
        self.functions.forget()
        self.gateway.forget()
        for region, name in list(self.endpoints):
            self.end_endpoint(region, name)
        for training in self.training.values():
            training.abandon()
        for transform in self.transforms.values():
            transform.abandon()
        self.training.clear()
        self.transforms.clear()
