"""A cloud on this machine: an AWS whose SageMaker really trains and really serves.

It is moto's server, which speaks AWS's protocols and keeps AWS's records, with the work done by processes.
Unmodified boto3 and the unmodified SageMaker SDK talk to it over HTTP, once `AWS_ENDPOINT_URL` points at it. It listens
on 127.0.0.1 only, and it runs the code it is sent.

A test asks for the fixture `local_cloud`: a cloud with nothing in it, and the environment set so that boto3, in
this process and in its children, talks to it and to nothing else:

    def test_a_bucket_can_be_made(local_cloud):
        boto3.client("s3").create_bucket(Bucket="reviews")

`local_cloud.interrupt_training(name)` takes a spot job's instances away. With
`monkeypatch.setattr(local_cloud.machinery, "private", False)` jobs find their folders by `SM_*` variables, as they do
on a machine without user namespaces.

`local_cloud.faults.next_calls("InvokeEndpoint", "throttled", "hanging")` lets the next calls fail so, and
`local_cloud.faults.share_of_calls("InvokeEndpoint", 0.05)` a share of them in every way that there is. Any operation
of any service, such as "CreateStack" or "PutObject", can be "throttled", "denied", "expired" (the credentials) or
"over quota", in that service's own words. A server that dies fails its call and is replaced. In a block
`with local_cloud.silence():` nobody is answered.

A schedule that is to delete an endpoint really does so when its time has come, and the price list answers with
`local_cloud.price_list`, at first the project's own table.

Images are not looked at. A job's code runs with this Python, and a model is served by `python -m sentiment.serving`:
with the package `sentiment` from its archive's `code/` where it has one, with this project's otherwise. An endpoint is
InService once its container has answered `GET /ping`; `local_cloud.machinery.invoker.container_seconds` is the limit of
an invocation (AWS: 60). A batch transform deals its files out to the instances, splits them by line and leaves an
`.out` file for each. Lambda functions run in this process, by `lambda.invoke` and behind API Gateway's front: a REST
API answers at `/execute-api/ID/STAGE` with its key, throttle, quota and limit of 10 MB, and a stack's outputs say that
address. Nothing enforces IAM, but the SageMaker SDK wants a role that exists and trusts sagemaker.amazonaws.com.
There are no quotas and no cold starts.
"""
