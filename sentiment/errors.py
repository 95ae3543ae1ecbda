"""Every error a user can meet: one plain sentence that says what is wrong, where, and what to do.

Scripts print the sentence and exit with code 2; pages show it in a box. Anything that is not a
`SentimentError` is a fault of ours and keeps its traceback.
"""

import errno

_REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space, or set SENTIMENT_HOME to a folder on another disk.",
    errno.EDQUOT: "Your share of the disk is used up: free some space, or set SENTIMENT_HOME to a folder elsewhere.",
    errno.EROFS: "The disk is read-only: choose a folder that can be written, or set SENTIMENT_HOME to one.",
    errno.EACCES: "This account may not use it: change its permissions, or choose another place.",
    errno.EPERM: "This account may not use it: change its permissions, or choose another place.",
    errno.ENOENT: "It does not exist, or was removed while it was in use.",
    errno.ENOTDIR: "A part of its path is a file and not a folder.",
    errno.EISDIR: "It is a folder and not a file.",
    errno.ENAMETOOLONG: "Its name is too long: give it a shorter one.",
    errno.EMFILE: "Too many files are open: close other programs, or raise the limit of open files.",
    errno.EIO: "The disk does not answer as it should: check it.",
}


class SentimentError(Exception):
    """Base of all errors that are the input's or the machine's, not the program's."""


class TableError(SentimentError):
    """A table of reviews cannot be read or written."""


class StorageError(SentimentError):
    """A file cannot be read or written: a full or read-only disk, a missing permission, a folder that vanished."""

    @classmethod
    def of(cls, error: OSError) -> "StorageError":
        """What an error of the disk means for a user: the place, the reason, and what to do."""
        place = error.filename2 or error.filename or "A file"
        reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}.")
        return cls(f"{place} could not be read or written. {reason}")


class DataError(SentimentError):
    """A data set cannot be found, downloaded, verified or learnt from."""


class BundleError(SentimentError):
    """A directory is not a bundle, or is damaged; the message names the file."""


class DeviceError(SentimentError):
    """The asked-for processor is not on this machine."""


class ConfigError(SentimentError):
    """A setting has a value that cannot work; the message names the setting."""


class ThemeError(SentimentError):
    """A list of themes cannot be read; the message says where."""


class JobError(SentimentError):
    """A job cannot be started, found, stopped or deleted."""


class DeclinedError(SentimentError):
    """The user has not agreed to what would cost or destroy something."""


class FeedbackError(SentimentError):
    """The database of opinions cannot be reached, read or written."""


class PackingError(SentimentError):
    """A bundle cannot be packed for a container."""


class MissingExtraError(SentimentError):
    """A package of an optional part of the installation is missing; the message says how to install it."""


class ApiError(SentimentError):
    """A public API of reviews cannot be reached, or refuses what it is asked for."""


# What AWS's services call it that somebody may not do something; S3 answers a HEAD with the bare status.
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "403")

# What AWS's services call it that they are asked too often, and that something of theirs has failed: both pass.
THROTTLED = (
    *("Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded"),
    "503",
)
FAILING = (
    *("InternalFailure", "InternalServerError", "InternalError", "ServiceUnavailable", "ServiceUnavailableException"),
    *("ModelNotReadyException", "InternalDependencyException", "500"),
)
UNKNOWN_CREDENTIALS = (
    *("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"),
    "RegionDisabledException",
)


class CloudError(SentimentError):
    """AWS cannot be reached, or refuses what it is asked for.

    `code` is AWS's name of the error, such as "AccessDenied"; empty when no answer came. `refusal` is what AWS said.
    """

    def __init__(self, sentence: str, code: str = "", refusal: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.refusal = refusal

    @property
    def denied(self) -> bool:
        """Whether who asked may not do it."""
        return self.code in DENIED

    @property
    def throttled(self) -> bool:
        """Whether AWS was asked too often: the same passes when it is asked more slowly."""
        return self.code in THROTTLED

    @property
    def passing(self) -> bool:
        """Whether the same may well work a little later: no answer came, or AWS is busy or out of order."""
        return self.throttled or self.code in FAILING or self.code == "NoAnswer"

    @property
    def unknown_credentials(self) -> bool:
        """Whether AWS does not know who asked: by wrong keys, or in a region that the account has not opened."""
        return self.code in UNKNOWN_CREDENTIALS

    @property
    def missing(self) -> bool:
        """Whether what was asked for does not exist."""
        # SageMaker has one code for all that is wrong with a request; only its words tell.
        return self.code.startswith(("NoSuch", "ResourceNotFound", "ObjectNotFound", "NotFound", "404")) or (
            self.code in ("ValidationException", "ValidationError")
            and any(words in self.refusal for words in ("not find", "does not exist", "not found"))
        )


class WorkerError(SentimentError):
    """The processes that score cannot be started, or keep dying."""
