"""Access keys of the local cloud and the identities that sign with them.

Each cloud creates two keys when it starts: the owner's, which its environment contains, and its machinery's, which
never leaves the process. Users and role sessions have the keys issued by IAM and STS.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"
KeyKind = Literal["owner", "machinery", "user", "role"]


@dataclass(frozen=True)
class Key:
    """An access key and its identity; `token` is set for the keys of a session, `name` is the user's or role's."""

    identifier: str
    secret: str
    kind: KeyKind
    name: str
    arn: str
    token: str | None = None


class Keys:
    """Every key that the cloud accepts: its own two, which are new for each cloud, and those of its users and roles."""

    def __init__(self) -> None:
        root = f"arn:{PARTITION}:iam::{DEFAULT_ACCOUNT_ID}:root"
        self.owner = Key(_identifier(), secrets.token_hex(20), "owner", "root", root)
        self.machinery = Key(_identifier(), secrets.token_hex(20), "machinery", "machinery", root)

    def find(self, identifier: str) -> Key | None:
        """Return the key with this identifier, None if there is none or its session has expired."""
        known = (self.owner, self.machinery, *_of_users(), *_of_sessions())
        return next((key for key in known if key.identifier == identifier), None)


def _identifier() -> str:
    return f"LOCAL{secrets.token_hex(8).upper()[:15]}"


def _of_users() -> Iterator[Key]:
    for user in list(iam_backends[DEFAULT_ACCOUNT_ID][PARTITION].users.values()):
        for key in user.access_keys:
            if key.status == "Active":
                yield Key(key.access_key_id, key.secret_access_key, "user", user.name, user.arn)


def _of_sessions() -> Iterator[Key]:
    now = utcnow()
    for session in list(sts_backends[DEFAULT_ACCOUNT_ID][PARTITION].assumed_roles):
        if session.expiration > now:
            name = session.role_arn.rpartition("/")[2]
            token = session.session_token
            yield Key(session.access_key_id, session.secret_access_key, "role", name, session.arn, token)
