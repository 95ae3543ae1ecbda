"""A cloud on this machine: an AWS whose SageMaker really trains and really serves.

It is moto's server, which speaks AWS's protocols and keeps AWS's records, with the work done by processes. Unmodified
boto3 and the unmodified SageMaker SDK talk to it over HTTP, once the environment has its address and a key:

    with LocalCloud() as cloud:
        os.environ.update(cloud.environment)
        boto3.client("s3").create_bucket(Bucket="reviews")

**Who is answered.** It listens on 127.0.0.1 and runs the code that it is sent. It takes only requests that are signed
with a secret of this start, that are meant for its own address, and that no page of another web site is behind.
`cloud.environment` has the owner's key, with which everything is allowed. `cloud.user("ada", "app-user")` makes a
user who may do what that policy of `assets/iam` allows: each call is checked by action, resource and condition, with
what comes with it, such as roles that are handed on, tags, and the resources of a stack.

**What runs.** A job's code runs with this Python, and a model is served by `python -m sentiment.serving`: with the
package `sentiment` from its archive's `code/` where it has one, with this project's otherwise. Lambda functions run
in this process, by `lambda.invoke` and behind API Gateway's front: a REST API answers at `/execute-api/ID/STAGE` with
its key, throttles, quota and limit of 10 MB. Jobs, endpoints, functions and schedules have the permissions of their
roles. Where Linux lets them, containers see a `/opt/ml` of their own; with `cloud.machinery.private = False` jobs
find their folders by `SM_*` variables.

**What is refused as on AWS.** A role that is missing, trusts somebody else, or is newer than
`cloud.machinery.role_settling_seconds`; a change or the end of an endpoint in progress; an image that AWS has not;
one instance more than `cloud.quotas` has. A schedule calls its target with its role when it is due (`cloud.fire` does
it now), and tries again what is refused.

**What goes wrong on demand.** `cloud.faults.next_calls("InvokeEndpoint", "throttled", "hanging")` lets the next calls
fail so, and `cloud.faults.share_of_calls("InvokeEndpoint", 0.05)` a share of them. Any operation of any service can
be "throttled", "denied", "expired" (the credentials) or "over quota", in that service's own words.
`cloud.set_endpoint_status` puts an endpoint into a rare state, `cloud.interrupt_training` takes a spot job's
instances away, and in a block `with cloud.silence():` nobody is answered.

**What it does not play.** Docker images, cold starts, VPCs, keys of KMS, bucket policies and CloudTrail.
"""
