"""One batch transform job: its instances, their input files, and the `.out` files that they write."""

import http.client
import threading
import traceback
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow

from sentiment.localcloud.access import roles
from sentiment.localcloud.account.logs import LogStream
from sentiment.localcloud.clients import Clients
from sentiment.localcloud.hosting.model_server import ModelServer, UnhealthyError
from sentiment.localcloud.hosting.transform_batches import LineTooLongError, assembled, requests_of, share_out
from sentiment.localcloud.training.containers import ContainerFolder
from sentiment.localcloud.training.transfers import TransferError, list_keys, split_uri

LOG_GROUP = "/aws/sagemaker/TransformJobs"
STARTUP_SECONDS = 600.0
USUAL_MEGABYTES = 6
USUAL_TIMEOUT_SECONDS = 600
USUAL_RETRIES = 3


class TransformError(Exception):
    """The container refused a request or failed; the message is the job's failure reason."""


class TransformRun:
    """A running job, with the permissions of the model's role; moto's `FakeTransformJob` is its record."""

    def __init__(self, record: Any, model: Any, region: str, clients: Clients, folder: Path, private: bool) -> None:
        self.record = record
        self._container, self._region, self._clients = model.primary_container, region, clients
        self._key = roles.session(model.execution_role_arn, "SageMaker")
        self._folder, self._private = folder, private
        self._servers: list[ModelServer] = []
        self._lock = threading.Lock()
        self._stopped = False
        record.transform_job_status, record.failure_reason = "InProgress", None
        record.transform_start_time = record.transform_end_time = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"transform {record.transform_job_name}")

    @property
    def name(self) -> str:
        """Name of the job."""
        return str(self.record.transform_job_name)

    @property
    def runs(self) -> bool:
        """Whether the job has not ended."""
        return self.record.transform_job_status in ("InProgress", "Stopping")

    def start(self) -> None:
        """Start the job."""
        self._thread.start()

    def stop(self) -> None:
        """Kill its instances; unfinished files have no output."""
        with self._lock:
            self._stopped = True
            servers = list(self._servers)
            if self.record.transform_job_status == "InProgress":
                self.record.transform_job_status = "Stopping"
        for server in servers:
            server.end()

    def abandon(self) -> None:
        """Stop and wait for the thread, as the cloud shuts down."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        status, reason = "Completed", None
        try:
            self._transform()
        except (TransformError, TransferError, UnhealthyError, LineTooLongError) as error:
            status, reason = "Failed", str(error)
        except Exception as error:  # nothing above a thread would report it, so it becomes the job's failure reason
            traceback.print_exc()
            status, reason = "Failed", f"InternalServerError: {error!r}"
        finally:
            for server in self._servers:
                server.end()
        self.record.transform_end_time = self.record.last_modified_time = utcnow()
        if self._stopped:
            status, reason = "Stopped", None
        self.record.failure_reason, self.record.transform_job_status = reason, status

    def _transform(self) -> None:
        source = self.record.transform_input["DataSource"]["S3DataSource"]["S3Uri"]
        keys = list_keys(self._clients.client("s3", self._region, self._key), source)
        if not keys:
            raise TransferError(f'ClientError: No S3 objects found under S3 URL "{source}".')
        shares = share_out(keys, int(self.record.transform_resources["InstanceCount"]))
        for _ in shares:
            self._launch()
        for server in self._servers:
            server.wait_until_healthy(STARTUP_SECONDS)
        self.record.transform_start_time = utcnow()
        with ThreadPoolExecutor(len(shares)) as instances:
            for done in [instances.submit(self._read, *pair) for pair in zip(self._servers, shares, strict=True)]:
                done.result()

    def _launch(self) -> None:
        instance = f"i-{uuid.uuid4().hex[:17]}"
        folder = ContainerFolder(self._folder / instance, self._private)
        server = ModelServer(
            folder, self._container["ModelDataUrl"], self._clients.client("s3", self._region, self._key)
        )
        stream = LogStream(self._clients.client("logs", self._region), LOG_GROUP, f"{self.name}/{instance}")
        variables = {
            **self._clients.environment(self._region, self._key),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(self._megabytes),
            **(self._container.get("Environment") or {}),
            **(self.record.environment or {}),
        }
        with self._lock:
            if self._stopped:
                raise TransformError("The job was stopped.")
            server.start(variables, stream)
            self._servers.append(server)

    @property
    def _megabytes(self) -> int:
        given = self.record.max_payload_in_mb
        return USUAL_MEGABYTES if given is None else int(given)

    def _read(self, server: ModelServer, keys: Sequence[str]) -> None:
        """Transform an instance's files one after the other, each with the job's number of concurrent requests."""
        with ThreadPoolExecutor(int(self.record.max_concurrent_transforms or 1)) as senders:
            for key in keys:
                self._transform_file(server, key, senders)

    def _transform_file(self, server: ModelServer, key: str, senders: ThreadPoolExecutor) -> None:
        given, output = self.record.transform_input, self.record.transform_output
        s3 = self._clients.client("s3", self._region, self._key)
        bucket, prefix = split_uri(given["DataSource"]["S3DataSource"]["S3Uri"])
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        strategy = self.record.batch_strategy or "MultiRecord"
        bodies = requests_of(content, given.get("SplitType", "None"), strategy, self._megabytes * 2**20)
        answers = list(senders.map(lambda body: self._ask(server, body), bodies))
        target, folder = split_uri(output["S3OutputPath"])
        rest = key[len(prefix) :].lstrip("/") or Path(key).name
        name = f"{folder.rstrip('/')}/{rest}.out".lstrip("/")
        s3.put_object(Bucket=target, Key=name, Body=assembled(answers, output.get("AssembleWith", "None")))

    def _ask(self, server: ModelServer, body: bytes) -> bytes:
        """Return the container's response; retry if the container fails, but not if it refuses the request."""
        settings = self.record.model_client_config or {}
        seconds = float(settings.get("InvocationsTimeoutInSeconds", USUAL_TIMEOUT_SECONDS))
        headers = {
            "content-type": self.record.transform_input.get("ContentType", "application/octet-stream"),
            "accept": self.record.transform_output.get("Accept", "*/*"),
        }
        status = 0
        for _ in range(1 + int(settings.get("InvocationsMaxRetries", USUAL_RETRIES))):
            try:
                reply = server.ask(body, headers, seconds)
            except (OSError, http.client.HTTPException):
                continue
            status = reply.status
            if status < 400:
                return reply.body
            if status < 500:
                break
        kind = "ClientError" if 400 <= status < 500 else "AlgorithmError"
        raise TransformError(f"{kind}: See job logs for more information (HTTP status {status} from the container).")
