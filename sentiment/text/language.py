"""Detect reviews in languages other than English: by a cheap check first, and by py3langid only in doubt."""

from functools import cache
from typing import Any

from sentiment.errors import StorageError

# In English text on any topic, about two of five words are among these; other languages share few of them.
FUNCTION_WORDS = frozenset(
    """
    the a an and or but if of to in on at for with from by as is are was were be been it its this that these
    those i you he she we they my your his her our their me him them not n't 's no so too very have has had do
    does did will would can could should there what which who when how all just about more than out up one
    """.split()
)
# Number of first tokens of a review that are checked.
SAMPLE_TOKENS = 100
_ENGLISH_SHARE = 0.2
_DOUBTFUL_UNKNOWN_SHARE = 0.25
_MINIMUM_CONFIDENCE = 0.8
# On fewer letters a language identifier guesses, unless the script itself decides.
_MINIMUM_LETTERS = 20
_SAMPLE_CHARACTERS = 600


def other_language(cleaned: str, function_word_share: float, unknown_share: float) -> bool:
    """Return True if the review is not English, with a confidence of 80 %.

    `function_word_share` is the share of `FUNCTION_WORDS` among its first `SAMPLE_TOKENS`, `unknown_share` that of
    tokens outside an English vocabulary. Plain English is recognised by its function words alone, which takes
    microseconds.

    Raises:
        StorageError: the identifier cannot be loaded, since there is no room for a temporary file.
    """
    if function_word_share >= _ENGLISH_SHARE and unknown_share <= _DOUBTFUL_UNKNOWN_SHARE:
        return False
    letters = [character for character in cleaned[:_SAMPLE_CHARACTERS] if character.isalpha()]
    if not letters:
        return False
    if sum(character < "\u0250" for character in letters) < len(letters) / 2:
        return True  # not the Latin script
    if len(letters) < _MINIMUM_LETTERS:
        return False
    language, confidence = _identifier().classify(cleaned[:_SAMPLE_CHARACTERS])
    return bool(language != "en" and confidence >= _MINIMUM_CONFIDENCE)


@cache
def _identifier() -> Any:
    """Return the language identifier. Raises StorageError if there is no room for its temporary file."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as error:
        raise StorageError(
            f"The language of a review cannot be identified, which takes a temporary file of 70 MB: {error.strerror}. "
            "Free some space in the folder for temporary files, raise the limit on file sizes, or set TMPDIR to "
            "another folder."
        ) from error
