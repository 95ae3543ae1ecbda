"""Recognises the lines of a delimited file that another program kept whole, each as one text."""

import re
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import has_telling_name

_FEWEST_LINES = 2
_MOST_NAME_WORDS = 3
_LONGEST_HEADER = 2_000
_DELIMITERS = re.compile(r"[,;\t|]")


def delimiter_in(lines: Sequence[Any]) -> str | None:
    """Return the delimiter if the first text has names with delimiters, and the second as many at least; else None.

    One of the names must be a usual name of a review column.

    Examples:
        >>> delimiter_in(["id;review", "1;A fine place."]), delimiter_in(["Fine, really.", "Cold, too."])
        (';', None)
    """
    if len(lines) < _FEWEST_LINES or not all(isinstance(line, str) for line in lines):
        return None
    if len(lines[0]) > _LONGEST_HEADER or not (found := _DELIMITERS.search(lines[0])):
        return None
    names = [name.strip(' "') for name in lines[0].split(found[0])]
    are_names = all(name and len(name.split()) <= _MOST_NAME_WORDS and name[-1] not in ".!?" for name in names)
    is_table = are_names and has_telling_name(names) and lines[1].count(found[0]) >= len(names) - 1
    return found[0] if is_table else None
