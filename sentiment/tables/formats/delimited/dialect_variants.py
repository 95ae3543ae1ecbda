"""Variants of a dialect, with other quotation marks, spaces or escapes; the one that reads most records is chosen."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from sentiment.tables.columns import is_value
from sentiment.tables.formats.delimited.csv_records import MARKS, NO_QUOTE, Dialect, Record

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTED_JSON = re.compile(r'"[\[{]{1,2}\s{0,9}""\w{1,60}"":')
_MEANT = frozenset("nrtN\\\"'\n\r")

Sample = Callable[[Dialect], list[Record]]  # reads the first records of a file in a dialect


def best_variant(dialect: Dialect, text: str, sample: Sample) -> Dialect:
    """Return the dialect, with escapes or with spaces around its delimiters if that reads more lines well."""
    plain, *tried = variants(dialect, text)
    best = max((plain, *tried), key=lambda each: _whole_share(sample(each), each)) if tried else plain
    escaped = next((each for each in tried if each.escaped), None)
    # Escaped text looks regular without escapes, too: if every backslash escapes something, they are escapes.
    if escaped and _whole_share(sample(escaped), escaped) >= _whole_share(sample(best), best):
        return escaped
    return best


def variants(dialect: Dialect, text: str) -> list[Dialect]:
    r"""Return the dialect and variants that the text suggests: other quotes, spaced delimiters, `\"`, escapes."""
    delimiter, quote = dialect.delimiter, dialect.quote
    found = [dialect]
    if f"{delimiter} {quote}" in text or f"{quote} {delimiter}" in text:
        found.append(dialect._replace(spaced=True))
    has_json = _has_json(text, delimiter, quote)  # whose backslashes are its own
    if f"\\{quote}" in text and quote != NO_QUOTE and not has_json:
        found += [each._replace(backslash=True) for each in list(found)]
    if f'{delimiter}="' in text and quote == '"':
        found.append(dialect._replace(formulas=True))
    if quote == '"':
        found += [dialect._replace(marks=marks) for marks in MARKS if f"{delimiter}{marks[0]}" in text]
    if _is_escaped(text, delimiter) and not has_json:
        found.append(Dialect(delimiter, NO_QUOTE, escaped=True))
    return found


def _has_json(text: str, delimiter: str, quote: str) -> bool:
    """Return whether a field is JSON, as it is or in quotes with its own quotes doubled."""
    if f'{delimiter}{{"' in text or f'{delimiter}["' in text:
        return True
    return quote == '"' and _QUOTED_JSON.search(text) is not None


def _is_escaped(text: str, delimiter: str) -> bool:
    """Return whether there are backslashes, and each of them escapes something."""
    escapes = _ESCAPE.findall(text)
    return bool(escapes) and _MEANT.union(delimiter).issuperset(escapes)


def _whole_share(found: Sequence[Record], dialect: Dialect) -> float:
    """Return the share of records that have the most frequent width and no quote left over in a field."""
    if not found:
        return 0.0
    width = Counter(len(record.cells) for record in found).most_common(1)[0][0]
    if width < 2:
        return 0.0
    return sum(
        record.problem is None
        and len(record.cells) == width
        and not any(_has_leftover(cell, dialect) for cell in record.cells)
        for record in found
    ) / len(found)


def _has_leftover(cell: str, dialect: Dialect) -> bool:
    r"""Return whether a field has quotes left around it, or quotes after backslashes."""
    if dialect.escaped:
        return len(cell) > 1 and cell[0] == cell[-1] == '"'
    text = cell.strip(" ")
    if text[:1] + text[-1:] in MARKS and is_value(text[1:-1]):
        return True
    opened = cell.startswith(f" {dialect.quote}")
    wrapped = text is not cell and len(text) > 1 and text[0] == text[-1] == dialect.quote
    return opened or wrapped or f"\\{dialect.quote}" in text
