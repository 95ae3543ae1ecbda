"""Read a training job's log from CloudWatch while it is written."""

import dataclasses

from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError
from sentiment.jobs.sagemaker_run import Standing

GROUP = "/aws/sagemaker/TrainingJobs"


class TrainingLog:
    """A job's log, read from the position stored in `standing`.

    Each `read` is one call to CloudWatch. A job has one stream per instance lifetime: a spot job that was interrupted
    continues in another stream.
    """

    def __init__(self, account: Account, standing: Standing) -> None:
        self._account = account
        self._standing = standing
        self._start = standing.log_time
        self._token = ""
        self._at_end = False
        self.complete = False

    def read(self) -> list[str]:
        """Return the lines added since the last call; sets `complete` if there are no more. CloudError."""
        if not self._standing.log_stream or self._at_end:
            self._next_stream()
            return []
        return self._next_lines()

    def position(self, standing: Standing) -> Standing:
        """Return `standing` with the current reading position."""
        now = self._standing
        return dataclasses.replace(standing, log_stream=now.log_stream, log_time=now.log_time, log_seen=now.log_seen)

    def _next_stream(self) -> None:
        """Switch to the next stream, or poll this one again if there is none."""
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
        # The group does not exist before the account's first job, nor a stream before the container starts.
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
        # Tokens expire after a day and with this process; a timestamp does not. Skip the lines of it already read.
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
            self._at_end = True  # deleted in the meantime with everything else: no more lines will come
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
