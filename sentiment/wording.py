"""Numbers, shares, durations and lists of names in words."""

from collections.abc import Sequence

_NO_BREAK = "\N{NO-BREAK SPACE}"


def duration(seconds: float) -> str:
    """Return a duration in its largest fitting unit, such as "45 s", "3 min", "1 h 20 min" or "2 days"."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    days = round(minutes / (24 * 60))
    return "1 day" if days == 1 else f"{days} days"


def percent(share: float) -> str:
    """Return a share, 0 to 1, in percent; between 0 and 1 it is never rounded to 0 % or 100 %."""
    if 0 < share < 0.01:
        return f"<{_NO_BREAK}1{_NO_BREAK}%"
    if 0.99 < share < 1:
        return f">{_NO_BREAK}99{_NO_BREAK}%"
    return f"{share:.0%}".replace("%", f"{_NO_BREAK}%")


def tenths(share: float) -> str:
    """Return a share, 0 to 1, in percent with one decimal."""
    return f"{share:.1%}".replace("%", f"{_NO_BREAK}%")


def counted(count: int, noun: str) -> str:
    """Return a number of things: "1 row", "12,500 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def opening(words: str) -> str:
    """Return the words with a capital, for the beginning of a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def listed(names: Sequence[str], most: int = 30) -> str:
    """Return `"a", "b" and "c"`; a long list is cut, and the text states so."""
    quoted = [f'"{name}"' for name in names[:most]]
    if len(names) > most:
        quoted.append(f"{len(names) - most} more")
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
