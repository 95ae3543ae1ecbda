"""Decodes JSON text, in which integers may have more digits than Python converts."""

import json
from typing import Any


def decoded(text: str) -> Any:
    """Return the value of a JSON text; an integer of thousands of digits is returned as text.

    Raises:
        json.JSONDecodeError: the text is not JSON.
        RecursionError: it is nested too deeply.

    Examples:
        >>> decoded('{"review": "A fine place."}')
        {'review': 'A fine place.'}
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # from the conversion of a number
        return json.loads(text, parse_int=integer)


def integer(digits: str) -> int | str:
    """Return the integer that the digits write, or the digits if there are more than Python converts."""
    try:
        return int(digits)
    except ValueError:
        return digits
