"""Spans of time in words."""


def duration(seconds: float) -> str:
    """A span in its largest fitting unit, such as "45 s", "3 min", "1 h 20 min" or "2 days"."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    days = round(minutes / (24 * 60))
    return "1 day" if days == 1 else f"{days} days"
