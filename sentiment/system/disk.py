"""What an error of the disk means for a user: what could not be done, where, why, and what to do."""

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


def in_words(error: OSError) -> str:
    """The sentence or two for a user."""
    place = error.filename2 or error.filename or "A file"
    reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}.")
    return (
        f"{place} could not be read or written. {reason}" if place else f"A file could not be read or written. {reason}"
    )
