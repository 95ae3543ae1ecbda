import boto3
import pytest

from sentiment.cloud.aws import account, ownership
from sentiment.cloud.aws import s3 as uploads
from sentiment.errors import CloudError


@pytest.fixture
def here(local_cloud):
    return account.connect()


def keys(name="sagemaker-us-east-1-123456789012"):
    return [item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket=name).get("Contents", [])]


def test_missing_bucket_is_made_encrypted_closed_and_tagged(here):
    name = uploads.bucket(here)
    s3 = boto3.client("s3")
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert ownership.is_tagged(ownership.from_tag_list(s3.get_bucket_tagging(Bucket=name)["TagSet"]))


def test_bucket_that_exists_is_not_altered(here):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=uploads.bucket_name(here))
    assert uploads.bucket(here) == uploads.bucket_name(here)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=uploads.bucket_name(here))


def test_bucket_of_ours_whose_making_was_cut_off_is_closed_the_next_time(here):
    s3, name = boto3.client("s3"), uploads.bucket_name(here)
    named = ownership.tag_list(ownership.tags(here.arn))
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": named})
    uploads.upload_bytes(here, b"x", "one")
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())


def test_bucket_of_another_region_is_made_there(local_cloud):
    name = uploads.bucket(account.connect(region="eu-west-1"))
    assert name == "sagemaker-eu-west-1-123456789012"
    assert boto3.client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"


def test_file_is_uploaded_once_and_comes_back_the_same(here, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_bytes(bytes(range(256)) * 80_000)  # 20 MB: several parts
    seen = []
    uri = uploads.upload_file(here, path, "data", report=lambda done, total: seen.append((done, total)))
    assert uri.startswith(f"s3://sagemaker-us-east-1-123456789012/{uploads.prefix(here)}data/")
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert len(seen) > 2
    assert sorted(seen) == seen

    written = boto3.client("s3").head_object(Bucket=uploads.bucket(here), Key=keys()[0])["LastModified"]
    again = []
    assert uploads.upload_file(here, path, "data", report=lambda *done: again.append(done)) == uri
    assert again == [seen[-1]]
    assert boto3.client("s3").head_object(Bucket=uploads.bucket(here), Key=keys()[0])["LastModified"] == written

    uploads.download(here, uri, tmp_path / "back" / "reviews.csv")
    assert (tmp_path / "back" / "reviews.csv").read_bytes() == path.read_bytes()


def test_other_content_gets_another_place_and_a_cut_off_object_is_replaced(here, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("good\n")
    first = uploads.upload_file(here, path, "data")
    boto3.client("s3").put_object(Bucket=uploads.bucket(here), Key=keys()[0], Body=b"go")
    assert uploads.upload_file(here, path, "data") == first
    uploads.download(here, first, tmp_path / "back")
    assert (tmp_path / "back").read_text() == "good\n"
    path.write_text("bad!\n")
    assert uploads.upload_file(here, path, "data") != first


def test_bytes_lie_under_our_prefix(here):
    assert uploads.upload_bytes(here, b"{}", "reports/one.json").endswith(f"/{uploads.prefix(here)}reports/one.json")
    assert keys() == [f"{uploads.prefix(here)}reports/one.json"]


def test_report_that_raises_stops_the_transfer(here, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_bytes(b"x" * 20_000_000)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        uploads.upload_file(here, path, "data", report=stop)
    assert keys() == []


def test_what_is_not_there_is_reported_and_leaves_no_file(here, tmp_path):
    with pytest.raises(CloudError, match="There is nothing at s3://") as raised:
        uploads.download(here, f"s3://{uploads.bucket(here)}/none", tmp_path / "none")
    assert raised.value.missing
    assert list(tmp_path.iterdir()) == []


def test_progress_of_a_small_file_is_reported_in_kilobytes():
    assert uploads.progress_in_words(12_600_000, 123_500_000) == "12.6 of 123.5 MB"
    assert uploads.progress_in_words(19_200, 19_200) == "19 of 19 kB"
