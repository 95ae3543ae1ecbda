"""All errors shown to users: each is one plain sentence that states what is wrong, where, and what to do.

Scripts print the sentence and exit with code 2; pages show it in a box. Any exception other than a `SentimentError` is
a bug and keeps its traceback.
"""

import errno

_REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space, or choose a folder on another disk, also for SENTIMENT_HOME.",
    errno.EDQUOT: "Your share of the disk is used up: free some space, or choose a folder elsewhere.",
    errno.EROFS: "The disk is read-only: choose a folder that can be written, or set SENTIMENT_HOME to one.",
    errno.EACCES: "This account may not use it: change its permissions, or choose another place.",
    errno.EPERM: "This account may not use it: change its permissions, or choose another place.",
    errno.ENOENT: "It does not exist, or was removed while it was in use.",
    errno.EEXIST: "A file is there where a folder is needed: choose another name.",
    errno.ENOTDIR: "A part of its path is a file and not a folder.",
    errno.EISDIR: "It is a folder and not a file.",
    errno.ENAMETOOLONG: "Its name is too long: give it a shorter one.",
    errno.EMFILE: "Too many files are open: close other programs, or raise the limit of open files.",
    errno.EFBIG: "No file may be that large there: raise the limit, or choose a folder on another disk.",
    errno.EIO: "The disk does not answer as it should: check it.",
}


NO_MEMORY = (
    "There is not enough memory: close other programs, raise the limit, ask for fewer workers or a smaller batch, "
    "or use a machine with more."
)
# How torch, CUDA and the loader of shared libraries report it.
_MEMORY_WORDS = ("can't allocate memory", "out of memory", "failed to map segment")


def lacks_memory(error: BaseException) -> bool:
    """Whether an exception of any type means that the machine, or a limit, leaves too little memory."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError | ImportError) and any(words in str(error) for words in _MEMORY_WORDS)
    )


class SentimentError(Exception):
    """Base of all errors caused by the input or the machine, not by the program."""


class TableError(SentimentError):
    """A table of reviews cannot be read or written."""


class StorageError(SentimentError):
    """A file cannot be read or written: a full or read-only disk, a missing permission, a deleted folder."""

    @classmethod
    def of(cls, error: OSError) -> "StorageError":
        """Return the error for a user: the path, the reason, and what to do."""
        place = error.filename2 or error.filename or "A file"
        reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}.")
        return cls(f"{place} could not be read or written. {reason}")


class DataError(SentimentError):
    """A data set cannot be found, downloaded, verified or used for training."""


class BundleError(SentimentError):
    """A directory is not a bundle, or is damaged; the message names the file."""


class DeviceError(SentimentError):
    """The requested processor is not available on this machine."""


class ConfigError(SentimentError):
    """A setting has an unusable value; the message names the setting."""


class ThemeError(SentimentError):
    """A list of themes cannot be read; the message states where."""


class JobError(SentimentError):
    """A job cannot be started, found, stopped or deleted."""


class DeclinedError(SentimentError):
    """The user has not confirmed an action that would cost money or destroy something."""


class FeedbackError(SentimentError):
    """The feedback database cannot be reached, read or written."""


class PackingError(SentimentError):
    """A bundle cannot be packed for a container."""


class MissingExtraError(SentimentError):
    """A package of an optional extra is not installed; the message states how to install it."""


class ApiError(SentimentError):
    """A public API of reviews cannot be reached, or refuses a request."""


# AWS error codes for a missing permission; S3 answers a HEAD request with the bare status.
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "403")

# AWS error codes for throttling, and for internal failures; both are temporary.
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
    """AWS cannot be reached, or refuses a request.

    `code` is the AWS error code, such as "AccessDenied"; empty if there was no response. `refusal` is the AWS message.
    """

    def __init__(self, sentence: str, code: str = "", refusal: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.refusal = refusal

    @property
    def denied(self) -> bool:
        """Whether the caller lacks the permission."""
        return self.code in DENIED

    @property
    def throttled(self) -> bool:
        """Whether there were too many requests: the same request succeeds at a lower rate."""
        return self.code in THROTTLED

    @property
    def passing(self) -> bool:
        """Whether a later retry may succeed: there was no response, or AWS is busy or has failed internally."""
        return self.throttled or self.code in FAILING or self.code == "NoAnswer"

    @property
    def unknown_credentials(self) -> bool:
        """Whether AWS does not recognize the caller: wrong keys, or a region that the account has not enabled."""
        return self.code in UNKNOWN_CREDENTIALS

    @property
    def missing(self) -> bool:
        """Whether the requested resource does not exist."""
        # SageMaker has one code for all invalid requests; only the message distinguishes them.
        return self.code.startswith(("NoSuch", "ResourceNotFound", "ObjectNotFound", "NotFound", "404")) or (
            self.code in ("ValidationException", "ValidationError")
            and any(words in self.refusal for words in ("not find", "does not exist", "not found"))
        )


class WorkerError(SentimentError):
    """The scoring processes cannot be started, or die repeatedly."""
