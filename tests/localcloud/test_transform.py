"""Batch transform in the local cloud: files in S3 to files in S3, through real servers."""

import boto3
import pytest
from botocore.exceptions import ClientError

from sentiment.localcloud.hosting.transform_batches import LineTooLongError, assembled, requests_of, share_out
from tests.localcloud.small_server import BUCKET, create_model, upload_model
from tests.support.waiting import until


@pytest.fixture
def sagemaker(local_cloud):
    create_model("plain", upload_model())
    return boto3.client("sagemaker")


def put(key, text):
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def outputs():
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="out/").get("Contents", [])
    return {item["Key"]: s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found}


def submit(name, instances=1, strategy="MultiRecord", **more):
    request = {
        "TransformJobName": name,
        "ModelName": "plain",
        "BatchStrategy": strategy,
        "MaxPayloadInMB": 1,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}},
            "ContentType": "application/jsonlines",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": instances},
    }
    boto3.client("sagemaker").create_transform_job(**(request | more))


def describe(name):
    return boto3.client("sagemaker").describe_transform_job(TransformJobName=name)


def ended(name):
    until(lambda: describe(name)["TransformJobStatus"] not in ("InProgress", "Stopping"))
    return describe(name)


def test_every_file_has_its_output_beside_it_and_every_line_its_answer_in_order(sagemaker):
    put("in/a.jsonl", "one\ntwo\nthree\n")
    put("in/deep/b.jsonl", "four\n")
    submit("lines", strategy="SingleRecord", MaxConcurrentTransforms=2)
    assert describe("lines")["TransformJobStatus"] == "InProgress"
    job = ended("lines")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    answer = "plain application/jsonlines: {}\n\n".format
    assert outputs() == {
        "out/a.jsonl.out": "".join(map(answer, ("one", "two", "three"))).encode(),
        "out/deep/b.jsonl.out": answer("four").encode(),
    }
    assert job["TransformStartTime"] <= job["TransformEndTime"]


def test_several_instances_share_the_files(sagemaker):
    for number in range(3):
        put(f"in/{number}.jsonl", f"review {number}\n")
    submit("shared", instances=2)
    assert ended("shared")["TransformJobStatus"] == "Completed"
    assert len(outputs()) == 3
    streams = boto3.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix="shared/"
    )["logStreams"]
    assert len(streams) == 2


@pytest.mark.parametrize(("status", "kind"), [(413, "ClientError"), (500, "AlgorithmError")])
def test_an_answer_that_is_an_error_fails_the_job(sagemaker, status, kind):
    put("in/a.jsonl", f"status {status}\n")
    submit("refused")
    job = ended("refused")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"{kind}: See job logs")
    assert outputs() == {}


def test_a_stopped_job_ends_its_servers(sagemaker):
    put("in/a.jsonl", "hang")
    submit("stopped")
    until(lambda: describe("stopped").get("TransformStartTime"))
    sagemaker.stop_transform_job(TransformJobName="stopped")
    assert ended("stopped")["TransformJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_transform_job(TransformJobName="stopped")


def test_no_input_and_an_unknown_model_are_reported(sagemaker):
    submit("empty")
    assert "No S3 objects found" in ended("empty")["FailureReason"]
    with pytest.raises(ClientError, match="Could not find model"):
        submit("unknown", ModelName="absent")


def test_lines_are_packed_whole_up_to_the_limit():
    assert list(requests_of(b"aa\nbb\ncc\n", "Line", "MultiRecord", 6)) == [b"aa\nbb\n", b"cc\n"]
    assert list(requests_of(b"aa\nbb\ncc", "Line", "SingleRecord", 6)) == [b"aa\n", b"bb\n", b"cc"]
    assert list(requests_of(b"aa\nbb\n", "None", "MultiRecord", 6)) == [b"aa\nbb\n"]


def test_a_line_over_the_limit_is_refused():
    with pytest.raises(LineTooLongError, match="7 bytes"):
        list(requests_of(b"aaaaaa\n", "Line", "MultiRecord", 6))


def test_files_are_dealt_out_whole():
    assert share_out(["a", "b", "c"], 2) == [["a", "c"], ["b"]]


def test_assembling_with_line_ends_every_answer_with_one():
    assert assembled([b"1\n", b"2"], "Line") == b"1\n\n2\n"
    assert assembled([b"1\n", b"2"], "None") == b"1\n2"
