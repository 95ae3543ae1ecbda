from sentiment.jobs import aws_console
from sentiment.jobs.sagemaker_run import Place, SageMakerRun, Standing


def test_each_of_the_separate_clouds_has_a_console_of_its_own():
    assert aws_console.page("aws", "eu-west-1", "s3") == "https://eu-west-1.console.aws.amazon.com/s3"
    assert aws_console.page("aws-cn", "cn-north-1", "s3") == "https://cn-north-1.console.amazonaws.cn/s3"


def test_a_job_is_shown_in_the_console_of_its_own_cloud():
    place = Place("cn-north-1", "arn:aws-cn:iam::123456789012:role/one", "review-sentiment-one")
    assert SageMakerRun(place, Standing("job")).console.startswith("https://cn-north-1.console.amazonaws.cn/sagemaker/")
