"""Users of the account, who may do what policies say: a second person beside the owner, or a policy to be tried out."""

from collections.abc import Mapping

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sentiment.localcloud.access.keys import PARTITION, Key


def make_user(name: str, documents: Mapping[str, str]) -> Key:
    """Make a user with these managed policies, JSON by name, and return the user's new key; none of it existed."""
    backend = iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]
    user = backend.create_user("", name)
    for policy, document in documents.items():
        made = backend.create_policy("", "/", document, f"{name}-{policy}", [])
        backend.attach_user_policy(made.arn, name)
    key = backend.create_access_key(name)
    return Key(key.access_key_id, key.secret_access_key, "user", name, user.arn)
