import pytest

from sentiment.cloud.aws import account
from sentiment.errors import CloudError


@pytest.fixture
def no_credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_connecting_says_who_we_are_and_where(local_cloud):
    found = account.connect(region="eu-west-1")
    assert (found.region, found.number, found.partition) == ("eu-west-1", "123456789012", "aws")
    assert found.identity


def test_region_is_that_of_the_environment(local_cloud):
    assert account.connect().region == "us-east-1"


def test_without_credentials_the_sentence_says_how_to_sign_in(no_credentials):
    with pytest.raises(CloudError, match="No AWS credentials were found") as raised:
        account.connect(region="us-east-1")
    assert raised.value.code == "NoCredentials"


def test_unknown_profile_and_region_are_named(local_cloud):
    with pytest.raises(CloudError, match="no AWS profile of that name \\(nobody\\)"):
        account.connect("nobody")
    with pytest.raises(CloudError, match="no SageMaker in the region atlantis-1"):
        account.connect(region="atlantis-1")


def test_call_gives_the_answer_and_pages_every_item(local_cloud):
    here = account.connect()
    for n in range(3):
        here.call("s3", "create_bucket", Bucket=f"bucket-{n}")
    assert len(here.call("s3", "list_buckets")["Buckets"]) == 3
    for n in range(5):
        here.client("s3").put_object(Bucket="bucket-0", Key=str(n), Body=b"x")
    found = here.pages("s3", "list_objects_v2", "Contents", Bucket="bucket-0", PaginationConfig={"PageSize": 2})
    assert [item["Key"] for item in found] == list("01234")


def test_what_is_missing_is_known_as_missing(local_cloud):
    here = account.connect()
    with pytest.raises(CloudError) as raised:
        here.call("sagemaker", "describe_endpoint", EndpointName="none")
    assert raised.value.missing
    with pytest.raises(CloudError) as raised:
        here.call("s3", "list_objects_v2", Bucket="no-such-bucket")
    assert raised.value.missing
    with pytest.raises(CloudError) as raised:
        here.call("s3", "create_bucket", Bucket="A")
    assert not raised.value.missing


def test_throttling_is_reported_after_the_retries(local_cloud):
    here = account.connect()
    local_cloud.faults.next_calls("ListModels", *["throttled"] * 3)
    with pytest.raises(CloudError, match=r"AWS is throttling requests \(sagemaker:ListModels\)"):
        here.call("sagemaker", "list_models")


def test_cloud_that_cannot_be_reached_is_reported(local_cloud, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CloudError, match="AWS did not answer"):
        account.connect()


def test_without_a_region_it_is_the_first_of_all(no_credentials, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert account.usual_region() == "us-east-1"


def test_profiles_are_those_of_the_aws_tools(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\n[profile home]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert account.profiles() == ["home", "work"]
    assert account.usual_region("work") == "eu-west-1"
    with pytest.raises(CloudError, match="no AWS profile of that name"):
        account.usual_region("none")
