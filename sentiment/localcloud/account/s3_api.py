"""The S3 API of the local cloud: moto's, extended to tag a new bucket as requested."""

from typing import Any
from xml.etree import ElementTree

from moto.s3.responses import S3Response

_answer_put = S3Response._bucket_response_put


def install() -> None:
    """Make every moto server in this process use this S3 API."""
    S3Response._bucket_response_put = _answer_put_with_tags


def _answer_put_with_tags(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    answer = _answer_put(self, request, bucket_name, querystring)
    if not querystring and self.body and (tags := _tags(self.body)):
        self.backend.put_bucket_tagging(bucket_name, tags)
    return answer


def _tags(body: str | bytes) -> dict[str, str]:
    """Return the tags in the body of a CreateBucket request."""
    tags = ElementTree.fromstring(body).iterfind("{*}Tags/{*}Tag")
    return {tag.findtext("{*}Key", ""): tag.findtext("{*}Value", "") for tag in tags}
