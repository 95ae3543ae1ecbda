"""A cloud on this machine: an AWS whose SageMaker really trains and really serves.

It is based on moto's server, which implements AWS's protocols and records, while processes on this machine do the work.
Unmodified boto3 and the unmodified SageMaker SDK use it over HTTP, once the environment contains its URL and a key:

    with LocalCloud() as cloud:
        os.environ.update(cloud.environment)
        boto3.client("s3").create_bucket(Bucket="reviews")

**Access.** It listens on 127.0.0.1 and runs the code that it is sent. It accepts only requests that are signed with a
secret of this run, addressed to its own host, and not sent by a page of another web site. `cloud.environment` contains
the owner's key, which allows everything. `cloud.user("ada", "app-user")` creates a user with that policy of
`assets/iam`: each call is checked by action, resource and condition, including what it implies, such as passed roles,
tags, and the resources of a stack.

**Execution.** A job's code runs with this Python, and a model is served by `python -m sentiment.serving`, with the
package `sentiment` from the `code/` of its archive if included there, else with this project's. Lambda functions run in
this process, called by `lambda.invoke` or through API Gateway: a REST API is served at `/execute-api/ID/STAGE` with its
key, throttles, quota and limit of 10 MB. Jobs, endpoints, functions and schedules have the permissions of their roles.
Where Linux allows it, containers have a `/opt/ml` of their own; with `cloud.machinery.private = False` jobs find their
folders through `SM_*` variables.

**Refused as on AWS.** A role that is missing, does not trust the service, or is newer than
`cloud.machinery.role_settling_seconds`; updating or deleting an endpoint while it changes; an image that AWS does not
have; more instances than `cloud.quotas` allows. A schedule calls its target with its role when it is due (`cloud.fire`
runs it at once), and retries refused calls.

**Faults on demand.** `cloud.faults.next_calls("InvokeEndpoint", "throttled", "hanging")` makes the next calls fail, and
`cloud.faults.share_of_calls("InvokeEndpoint", 0.05)` a share of them. Any operation of any service can be "throttled",
"denied", "expired" (the credentials) or "over quota", with that service's own errors. `cloud.set_endpoint_status` puts
an endpoint into a rare state, `cloud.interrupt_training` interrupts a spot job, and within a block
`with cloud.silence():` no request is answered.

**Not supported.** Docker images, cold starts, VPCs, KMS keys, bucket policies and CloudTrail.
"""
