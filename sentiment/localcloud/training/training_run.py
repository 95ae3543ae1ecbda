"""Run one training job from Starting to its end, including spot interruptions, in its own thread."""

import threading
import time
import traceback
from pathlib import Path
from typing import Any

from sentiment.localcloud.access import roles
from sentiment.localcloud.account.logs import LogStream
from sentiment.localcloud.clients import Clients
from sentiment.localcloud.training.containers import Container, ContainerFolder
from sentiment.localcloud.training.training_command import training_command
from sentiment.localcloud.training.training_layout import host_names, prepare
from sentiment.localcloud.training.training_record import METRIC_NAMESPACE, TrainingRecord
from sentiment.localcloud.training.transfers import CheckpointSync, TransferError, upload_archive

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
LONGEST_SECONDS = 86400
FAILURE_CHARACTERS = 1024


class TrainingRun:
    """A running job with its role's permissions; `grace_seconds` is the time from SIGTERM to SIGKILL (AWS: 120)."""

    def __init__(
        self, record: TrainingRecord, region: str, clients: Clients, folder: Path, private: bool, grace_seconds: float
    ) -> None:
        self.record = record
        self._request, self._region, self._clients = record.request, region, clients
        self._hosts = {host: ContainerFolder(folder / host, private) for host in host_names(record.request)}
        self._grace_seconds = grace_seconds
        self._key = roles.session(record.request["RoleArn"], "SageMaker")
        self._containers: list[Container] = []
        self._lock = threading.Lock()
        self._ending = ""
        self._interrupted = False
        self._wait_limit = self._deadline("MaxWaitTimeInSeconds", "MaxWaitTimeExceeded")
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"training {record.name}")

    def start(self) -> None:
        """Start the job."""
        self._wait_limit.start()
        self._thread.start()

    def stop(self, secondary: str = "Stopped") -> None:
        """Send SIGTERM to the containers, and SIGKILL after the grace time; the contents of `model` are kept."""
        with self._lock:
            if self._ending or self.record.status != "InProgress":
                return
            self._ending = secondary
            self.record.enter("Stopping", "Stopping", "Stopping the training job")
            containers = list(self._containers)
        for container in containers:
            container.ask_to_end()

        def kill_containers() -> None:
            for container in containers:
                container.kill()

        _timer(self._grace_seconds, kill_containers).start()

    def _ends(self) -> bool:
        """Whether another thread has requested the end of this run."""
        return bool(self._ending)

    def interrupt(self) -> None:
        """Simulate a spot interruption: containers are killed, and only checkpoints already in S3 survive."""
        if not self._request.get("EnableManagedSpotTraining"):
            raise ValueError(f"{self.record.name} is not a spot job.")
        with self._lock:
            self._interrupted = bool(self._containers)
            containers = list(self._containers)
        for container in containers:
            container.kill()

    def abandon(self) -> None:
        """Kill all containers and wait for the thread, as the cloud shuts down."""
        with self._lock:
            self._ending = "Stopped"
            containers = list(self._containers)
        for container in containers:
            container.kill()
        self._thread.join()

    def _run(self) -> None:
        try:
            code = self._attempt()
            while self._interrupted and not self._ending:
                self._interrupted = False
                self.record.enter("InProgress", "Interrupted", "Training job interrupted by EC2 Spot")
                self.record.enter("InProgress", "Starting", "Preparing the instances for training")
                code = self._attempt()
            self._finish(code)
        except TransferError as error:
            self.record.end("Failed", "Failed", f"ClientError: {error}")
        except Exception as error:  # nothing above a thread would report it, so it becomes the job's failure reason
            traceback.print_exc()
            self.record.end("Failed", "Failed", f"InternalServerError: {error!r}")
        finally:
            self._wait_limit.cancel()

    def _attempt(self) -> int:
        """Prepare the hosts and run their containers; return the first non-zero exit code, or 0."""
        s3 = self._clients.client("s3", self._region, self._key)
        with self._lock:
            if self._ends():
                return 0
            self.record.enter("InProgress", "Downloading", "Downloading input data")
        for host, folder in self._hosts.items():
            prepare(folder, host, self._request, s3)
        commands = {host: training_command(folder, self._request, s3) for host, folder in self._hosts.items()}
        sync = self._checkpoint_sync(s3)
        if sync:
            sync.start()
        with self._lock:
            if self._ends():
                return 0
            self.record.begin_training()
            variables = self._clients.environment(self._region, self._key) | (self._request.get("Environment") or {})
            variables["TRAINING_JOB_NAME"] = self.record.name
            self._containers = [
                Container(self._hosts[host], command.words, variables | command.environment, command.directory)
                for host, command in commands.items()
            ]
        code = self._wait()
        if sync:
            sync.finish(last_copy=not self._interrupted)
        return code

    def _wait(self) -> int:
        """Log the containers' output until all have ended; if one fails, the others are killed."""
        began = time.monotonic()
        limit = self._deadline("MaxRuntimeInSeconds", "MaxRuntimeExceeded")
        limit.start()
        codes: list[int] = []
        threads = [
            threading.Thread(target=lambda h=host, c=container: codes.append(self._wait_for(h, c)), daemon=True)
            for host, container in zip(self._hosts, self._containers, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        limit.cancel()
        with self._lock:
            self._containers = []
        self.record.add_trained_seconds(time.monotonic() - began)
        return next((code for code in codes if code), 0)

    def _wait_for(self, host: str, container: Container) -> int:
        stream = LogStream(
            self._clients.client("logs", self._region), LOG_GROUP, f"{self.record.name}/{host}-{time.time_ns()}"
        )
        stream.follow(container.output, lambda line: self._measure(host, line))
        code = container.wait()
        if code:
            for other in self._containers:
                other.kill()
        return code

    def _measure(self, host: str, line: str) -> None:
        found = self.record.measure(line)
        if not found:
            return
        dimensions = [{"Name": "TrainingJobName", "Value": self.record.name}, {"Name": "Host", "Value": host}]
        data = [{"MetricName": name, "Value": value, "Dimensions": dimensions} for name, value in found]
        cloudwatch = self._clients.client("cloudwatch", self._region)
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)

    def _finish(self, code: int) -> None:
        """Upload the job's results and record how it ended."""
        s3, folders = self._clients.client("s3", self._region, self._key), list(self._hosts.values())
        status = "Stopping" if self._ending else "InProgress"
        self.record.enter(status, "Uploading", "Uploading generated training model")
        output = self.record.artefact_uri.replace("model.tar.gz", "output.tar.gz")
        upload_archive(s3, [folder.ml / "output" / "data" for folder in folders], output)
        if code and not self._ending:
            self.record.end("Failed", "Failed", self._failure_reason(code))
            return
        has_model = upload_archive(s3, [folder.ml / "model" for folder in folders], self.record.artefact_uri)
        if self._ending:
            message = "Training job stopped" if self._ending == "Stopped" else f"Training job ended: {self._ending}"
            self.record.end("Stopped", self._ending, message, has_model)
        else:
            self.record.end("Completed", "Completed", "Training job completed", has_model)

    def _failure_reason(self, code: int) -> str:
        """Return the failure reason from the first host that wrote `/opt/ml/output/failure`."""
        files = [folder.ml / "output" / "failure" for folder in self._hosts.values()]
        said = next((file.read_text(errors="replace") for file in files if file.is_file()), "")
        return f"AlgorithmError: {said[:FAILURE_CHARACTERS]}, exit code: {code}"

    def _checkpoint_sync(self, s3: Any) -> CheckpointSync | None:
        """Sync only the first host's checkpoints, because data-parallel training writes them there."""
        configuration = self._request.get("CheckpointConfig")
        if not configuration:
            return None
        local = configuration.get("LocalPath", "/opt/ml/checkpoints").removeprefix("/opt/ml/")
        folder = next(iter(self._hosts.values())).ml / local
        folder.mkdir(parents=True, exist_ok=True)
        return CheckpointSync(s3, folder, f"{configuration['S3Uri'].rstrip('/')}")

    def _deadline(self, limit: str, secondary: str) -> threading.Timer:
        seconds = (self._request.get("StoppingCondition") or {}).get(limit, LONGEST_SECONDS)
        return _timer(float(seconds), lambda: self.stop(secondary))


def _timer(seconds: float, action: Any) -> threading.Timer:
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    return timer
