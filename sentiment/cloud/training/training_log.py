"""The log of a training job, as it comes, from CloudWatch."""

import dataclasses

from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError
from sentiment.jobs.sagemaker_run import Standing

GROUP = "/aws/sagemaker/TrainingJobs"


class TrainingLog:
    """A job's log from where `standing` says that it was read up to.

    Each `read` is one call to CloudWatch. A job has a stream for each life of its instance: a spot job that was
    interrupted goes on in another.
    """

    def __init__(self, account: Account, standing: Standing) -> None:
        self._account = account
        self._standing = standing
        self._start = standing.log_time
        self._token = ""
        self._at_end = False
        self.complete = False

    def read(self) -> list[str]:
        """Return the lines that have come since; `complete` says whether there were no more. CloudError."""
        if not self._standing.log_stream or self._at_end:
            self._next_stream()
            return []
        return self._next_lines()

    def position(self, standing: Standing) -> Standing:
        """Return `standing` with where reading has come to."""
        now = self._standing
        return dataclasses.replace(standing, log_stream=now.log_stream, log_time=now.log_time, log_seen=now.log_seen)

    def _next_stream(self) -> None:
        """Go to the stream after this one, or look at this one again when there is none."""
        streams = self._streams()
        current = self._standing.log_stream
        later = streams[streams.index(current) + 1 :] if current in streams else streams
        self.complete = not later
        self._at_end = False
        if later:
            self._token, self._start = "", 0
            self._standing = dataclasses.replace(self._standing, log_stream=later[0], log_time=0, log_seen=0)

    def _streams(self) -> list[str]:
        """Return the streams of the job's first instance, which logs the whole training, oldest first."""
        # There is no group before the account's first job, and no stream before the container starts.
        try:
            answer = self._account.call(
                "logs",
                "describe_log_streams",
                logGroupName=GROUP,
                logStreamNamePrefix=f"{self._standing.job_name}/algo-1-",
            )
        except CloudError as error:
            if error.missing:
                return []
            raise
        found = sorted(answer["logStreams"], key=lambda stream: stream.get("creationTime", 0))
        return [stream["logStreamName"] for stream in found]

    def _next_lines(self) -> list[str]:
        # Tokens end after a day, and with this process; a time does not. What has been seen of that time is left out.
        seen = 0 if self._token else self._standing.log_seen
        place = {"nextToken": self._token} if self._token else {}
        try:
            answer = self._account.call(
                "logs",
                "get_log_events",
                logGroupName=GROUP,
                logStreamName=self._standing.log_stream,
                startTime=self._start,
                startFromHead=True,
                **place,
            )
        except CloudError as error:
            if not error.missing:
                raise
            self._at_end = True  # deleted meanwhile, with everything else: there is no more to come
            return []
        events = answer["events"][seen:]
        self._at_end = not events
        self._token = answer["nextForwardToken"]
        self._remember([event["timestamp"] for event in events])
        return [event["message"].rstrip("\n") for event in events]

    def _remember(self, times: list[int]) -> None:
        if not times:
            return
        before = self._standing.log_seen if times[-1] == self._standing.log_time else 0
        seen = before + times.count(times[-1])
        self._standing = dataclasses.replace(self._standing, log_time=times[-1], log_seen=seen)
