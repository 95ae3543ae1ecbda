"""Training jobs on SageMaker: launch, find, inspect and stop them, and download their models."""

import dataclasses
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sentiment.cloud.aws import ownership, quotas, roles, s3
from sentiment.cloud.aws.account import Account, connect
from sentiment.cloud.aws.errors import as_cloud_error
from sentiment.cloud.ending import data_expiry
from sentiment.cloud.training import staging
from sentiment.errors import CloudError
from sentiment.jobs import registry as jobs
from sentiment.jobs.registry import Job
from sentiment.jobs.sagemaker_run import Place, Standing
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle, bundle_archive
from sentiment.model.bundle import Bundle
from sentiment.wording import listed

# AWS's image based on Amazon Linux 2023, with Python 3.12; patched until July 2027.
_IMAGE = {"framework": "pytorch-amzn2023", "version": "2.13", "image_scope": "training"}

_VOLUME_GIGABYTES = 30
# What a job takes beyond its limited runtime: an instance must start first, and the model is saved at the end.
_BESIDES_SECONDS = 900
_FOLDER = "training"
_METRICS = ("train_bce", "train_accuracy", "validation_bce", "validation_accuracy")

Say = Callable[[str], None]


def launch(account: Account, place: Place, request: TrainingRequest, name: str, say: Say) -> str:
    """Upload what the job needs, start it and return its name; `say` receives a sentence for each step.

    Checkpoints are written to S3 during training, so that an interrupted spot job resumes. S3 deletes the data by
    itself after the number of days given by `place`.

    Raises:
        CloudError: as from `Account.call`, or SageMaker rejects the job.
        OSError: the data cannot be read.
    """
    quotas.check(account, "training", place.instance_type, place.instances, place.spot)
    with tempfile.TemporaryDirectory(prefix="review-sentiment-") as folder:
        source, packed = Path(folder, "source"), Path(folder, "packed")
        source.mkdir()
        packed.mkdir()
        staging.stage(request, source)
        sent = staging.with_staged_data(request, packed)
        channels = {"training": _uploaded_data(account, place, sent.data, say)}
        if not place.image:
            say("Downloading the libraries for the job.")
            channels["libraries"] = _uploaded(account, staging.libraries(), "libraries", say)
        hyperparameters = staging.hyperparameters(sent) | {"name": name}
        if place.role == roles.arn(account, "execution"):
            roles.create_role(account, "execution")
        say(f"Starting the job on {place.machines} in {place.region}.")
        try:
            return roles.once_usable(lambda: _train(account, place, source, hyperparameters, channels))
        except CloudError:
            with suppress(CloudError):  # report the first refusal, not one of the cleanup
                delete_data(account, place)
            raise


def data_folder(place: Place) -> str:
    """Return the folder of a job's data: shared by retention time, or the job's own if data is not kept."""
    return f"data-{place.data_days}-days" if place.keep_data_days else f"data-of-{place.base_name}"


def delete_data(account: Account, place: Place) -> None:
    """Delete the data of an ended job, unless it should be kept longer. CloudError as from `Account.call`."""
    if not place.keep_data_days:
        s3.delete(account, data_folder(place))
        data_expiry.end_expiry(account, data_folder(place))


def find(account: Account, place: Place) -> str | None:
    """Return the name of the job launched for a place, None if there is none. CloudError as from `Account.pages`."""
    jobs = account.pages("sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=place.base_name)
    return next((job["TrainingJobName"] for job in jobs if job["TrainingJobName"].startswith(place.base_name)), None)


def look(account: Account, before: Standing) -> Standing:
    """Return the current state of a job. CloudError as from `Account.call`."""
    job = account.call("sagemaker", "describe_training_job", TrainingJobName=before.job_name)
    return dataclasses.replace(
        before,
        status=job["TrainingJobStatus"],
        phase=job.get("SecondaryStatus", ""),
        started=_seconds(job.get("TrainingStartTime")),
        ended=_seconds(job.get("TrainingEndTime")),
        billed_seconds=job.get("BillableTimeInSeconds"),
        failure=job.get("FailureReason", ""),
        artefact=job.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
    )


def stop(account: Account, job_name: str) -> None:
    """Ask SageMaker to stop a job, which keeps its model; do nothing if it has ended. CloudError."""
    try:
        account.call("sagemaker", "stop_training_job", TrainingJobName=job_name)
    except CloudError as error:
        # A job that has ended in the meantime cannot be stopped.
        if "status" not in error.refusal:
            raise


def bring_home(job: Job, report: s3.Report | None = None) -> Bundle:
    """Download the trained model into `model` of a job's run directory, atomically and verified, and return it.

    Raises:
        CloudError: as from `Account.call`, or the job has no model on SageMaker.
        BundleError: the download is not a complete bundle.
    """
    run, directory = job.sagemaker, job.directory
    if run is None or not run.standing.artefact:
        raise CloudError(
            f"{job.id} has no model on SageMaker: it ended before its first epoch was complete.", "NoModel"
        )
    account = connect(run.place.profile, run.place.region)
    with tempfile.TemporaryDirectory(prefix=".home-", dir=directory) as folder:
        packed, unpacked = Path(folder, "model.tar.gz"), Path(folder, "model")
        try:
            s3.download(account, run.standing.artefact, packed, report)
        except CloudError as error:
            if error.missing:
                raise _gone(job) from error
            raise
        with packed.open("rb") as archive:
            bundle_archive.unpack(archive, unpacked)
        target = directory / "model"
        if target.exists():
            target.rename(Path(folder, "before"))
        unpacked.rename(target)
    return bundle.load(target)


def _gone(job: Job) -> CloudError:
    return CloudError(
        f"The model of {job.id} is no longer on AWS: it was deleted there, for instance by a teardown. "
        "Clone the job to train it again.",
        "NoSuchKey",
    )


def left_there_in_words(account: Account) -> str:
    """List the jobs whose models exist only in this account and region, in a sentence; empty if there are none."""
    names = [job.id for job in jobs.all_jobs() if _is_left_there(job, account)]
    if not names:
        return ""
    one = len(names) == 1
    return (
        f"{listed(names)} {'has' if one else 'have'} not been downloaded: "
        f"{'its model' if one else 'their models'} will be lost."
    )


def _is_left_there(job: Job, account: Account) -> bool:
    run = job.sagemaker
    if run is None or not run.standing.artefact or job.bundle:
        return False
    return run.place.region == account.region and f":{account.number}:" in run.place.role


def image_address(place: Place) -> str:
    """Return the URI of a job's image: the one asked for, else AWS's for the instance type.

    Raises:
        CloudError: AWS's PyTorch image is not available in the region.
    """
    if place.image:
        return place.image
    from sagemaker.core import image_uris

    try:
        return str(image_uris.retrieve(region=place.region, instance_type=place.instance_type, **_IMAGE))
    except (ValueError, KeyError) as error:
        raise CloudError(
            f"AWS offers no PyTorch image for {place.instance_type} in {place.region}: choose another."
        ) from error


def _train(
    account: Account, place: Place, source: Path, hyperparameters: dict[str, str], channels: dict[str, str]
) -> str:
    """Launch the job with the SageMaker SDK, used only because it can run a source directory in any image."""
    # Keeps the SDK from asking IAM what the role may do, which few users may; SageMaker reports what the role lacks.
    os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"
    logging.getLogger("sagemaker").setLevel(logging.WARNING)
    from sagemaker.core.training import configs
    from sagemaker.train import ModelTrainer

    output = f"s3://{s3.bucket(account)}/{s3.prefix(account)}{_FOLDER}/{place.base_name}"
    arguments = [word for flag, value in hyperparameters.items() for word in (f"--{flag}", value)]
    trainer = ModelTrainer(
        training_image=image_address(place),
        role=place.role,
        sagemaker_session=_session(account),
        base_job_name=place.base_name,
        # `exec` replaces the shell that SageMaker starts, the only process that receives the signal to stop. If
        # several processes train together, the script replaces itself with torchrun.
        source_code=configs.SourceCode(
            source_dir=str(source),
            entry_script=staging.ENTRY,
            command=f"exec python3 {staging.ENTRY}",
            args=arguments,
        ),
        hyperparameters=hyperparameters,
        compute=configs.Compute(
            instance_type=place.instance_type,
            instance_count=place.instances,
            volume_size_in_gb=_VOLUME_GIGABYTES,
            enable_managed_spot_training=place.spot,
        ),
        # All inputs arrive through channels, so the job runs without network access.
        networking=configs.Networking(enable_network_isolation=True),
        stopping_condition=configs.StoppingCondition(
            max_runtime_in_seconds=place.max_seconds,
            **({"max_wait_time_in_seconds": place.max_wait_seconds} if place.spot else {}),
        ),
        output_data_config=configs.OutputDataConfig(s3_output_path=output),
        checkpoint_config=configs.CheckpointConfig(s3_uri=f"{output}/checkpoints"),
        tags=[configs.Tag(key=key, value=value) for key, value in ownership.tags(account.arn, _ending(place)).items()],
    )
    metrics = [configs.MetricDefinition(name=name, regex=rf"{name}=([0-9.]+)") for name in _METRICS]
    trainer.with_metric_definitions(metrics)
    inputs = [configs.InputData(channel_name=name, data_source=uri) for name, uri in channels.items()]
    with as_cloud_error("sagemaker", "create_training_job"):
        trainer.train(input_data_config=inputs, wait=False, logs=False)
    return str(trainer._latest_training_job.training_job_name)


def _ending(place: Place) -> datetime:
    """Return the latest time by which a job that starts now has ended and saved its model."""
    return datetime.now(UTC) + timedelta(seconds=place.max_wait_seconds + _BESIDES_SECONDS)


def _session(account: Account) -> Any:
    """Return the SDK's session with this project's bucket and prefix, the user's own defaults and no telemetry."""
    from sagemaker.core.config.config import load_sagemaker_config
    from sagemaker.core.helper.session_helper import Session

    defaults = load_sagemaker_config() or {"SchemaVersion": "1.0"}
    modules = defaults.setdefault("SageMaker", {}).setdefault("PythonSDK", {}).setdefault("Modules", {})
    modules["TelemetryOptOut"] = True
    return Session(
        boto_session=account.session(),
        default_bucket=s3.bucket(account),
        default_bucket_prefix=f"{s3.prefix(account)}{_FOLDER}",
        sagemaker_config=defaults,
    )


def _uploaded_data(account: Account, place: Place, path: Path, say: Say) -> str:
    """Upload the data of a job, after setting its expiry.

    Equal data is uploaded again each day rather than once for all, because its expiry counts from the upload.
    """
    folder = data_folder(place)
    s3.bucket(account)
    data_expiry.expire(account, folder, place.data_days)
    return _uploaded(account, path, f"{folder}/{datetime.now(UTC):%Y%m%d}", say)


def _uploaded(account: Account, path: Path, folder: str, say: Say) -> str:
    """Upload a file if necessary, reporting every tenth of a large one."""
    told_share = 0

    def report(done: int, total: int) -> None:
        nonlocal told_share
        share = done * 10 // total if total else 10
        if share > told_share:
            told_share = share
            say(f"Uploading {path.name}: {s3.progress_in_words(done, total)}.")

    return s3.upload_file(account, path, folder, report)


def _seconds(when: datetime | None) -> float | None:
    return when.timestamp() if when else None
