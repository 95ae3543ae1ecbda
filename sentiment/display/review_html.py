"""An explained review as HTML: escaped, legible on light and dark backgrounds, and never marked by colour alone.

A passage that moved the score towards positive is blue with a solid underline; one towards negative is orange with a
dotted underline. The few strongest are `<mark>` elements with a description for screen readers; the rest are read as
plain text.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sentiment.display import palette
from sentiment.explanation.effects import Passage
from sentiment.prediction import Prediction, Sentiment
from sentiment.wording import opening, percent

ANNOUNCED = 10
# The opacity of the strongest passage; an effect of less than this share of the strongest is not underlined.
_OPAQUE = 0.55
_UNDERLINED_SHARE = 0.2
# An effect that would be displayed as 0.00.
_NOTHING = 0.005
# Effects are scaled by the strongest one, but a review without notable effects stays pale.
_PALEST_SCALE = 0.25
_UNREAD = "opacity:0.6"
_UNKNOWN = "text-decoration:underline dashed 1px;text-underline-offset:0.25em"
# Lines of 30 pixels: between parts of a pixel, words with and without a tint would not be level.
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.875"
_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0"
_LONGEST_SENTENCE = 600
_COLOURS: dict[Sentiment, str] = {
    "positive": palette.POSITIVE,
    "negative": palette.NEGATIVE,
    "uncertain": palette.UNCERTAIN,
    "unscored": "transparent",
}


@dataclass(frozen=True)
class Part:
    """A sentence or clause: the verdict on it `alone`, and P(positive), 0 to 1, of the review `without` it."""

    passage: Passage
    alone: Prediction
    without: float


def highlighted(cleaned: str, passages: Sequence[Passage]) -> str:
    """Return the cleaned review as a `<div>`, every passage tinted by the strength and direction of its effect.

    Unknown words have a dashed line, and unread text is pale. Without its tags, the HTML is exactly the text.
    """
    scale = _scale(passages)
    announced = set(strongest(passages))
    pieces, end = [], 0
    for passage in _unread_joined(passages):
        pieces.append(html.escape(cleaned[end : passage.start]))
        pieces.append(_passage(cleaned[passage.start : passage.end], passage, scale, passage in announced))
        end = passage.end
    return f'<div style="{_TEXT}">{"".join(pieces)}{html.escape(cleaned[end:])}</div>'


def sentence_list(cleaned: str, parts: Sequence[Part]) -> str:
    """Return the sentences and clauses as a list: the verdict on each alone, and that on the review without it.

    Each is tinted by its effect; the line at its side has the colour of its own verdict. The middle of a very long one
    is omitted.
    """
    scale = _scale([part.passage for part in parts])
    items = "".join(_item(cleaned, part, scale) for part in parts)
    return f'<ol style="list-style:none;margin:0;padding:0">{items}</ol>'


def _item(cleaned: str, part: Part, scale: float) -> str:
    passage, alone = part.passage, part.alone
    sure = "" if alone.probability is None else f" · {percent(alone.probability)} positive"
    return (
        f'<li style="display:flex;flex-wrap:wrap;gap:0 1em;margin:0.6em 0;padding:0 0 0 0.8em;'
        f'border-left:0.25em solid {_COLOURS[alone.sentiment]}">'
        f'<span style="flex:none;width:16em;line-height:1.6;font-variant-numeric:tabular-nums">'
        f"<strong>{opening(alone.sentiment)}</strong>{sure}<br>"
        f'<span style="opacity:0.85">{_said(passage.effect, scale)} · {percent(part.without)} without it</span></span>'
        f'<span style="{_TEXT};flex:1 1 20em;min-width:0">'
        f"{_passage(_shortened(cleaned[passage.start : passage.end]), passage, scale, announced=False)}</span></li>"
    )


def legend(passages: Sequence[Passage]) -> str:
    """Return the meaning of the tints and lines that occur in `passages`; "" if there are none."""
    meanings = {
        _element("span", "towards positive", _tint(1.0, 1.0)): any(one.effect > 0 for one in passages),
        _element("span", "towards negative", _tint(-1.0, 1.0)): any(one.effect < 0 for one in passages),
        _element("span", "not in the vocabulary", _UNKNOWN): any(one.read and not one.known for one in passages),
        _element("span", "not read", _UNREAD): not all(one.read for one in passages),
    }
    entries = [entry for entry, occurs in meanings.items() if occurs]
    if not entries:
        return ""
    return f'<div style="font-size:0.875em;display:flex;flex-wrap:wrap;gap:0.5em 1.5em">{"".join(entries)}</div>'


def announcement(sentence: str) -> str:
    """Return a sentence, not drawn, that screen readers announce when it changes."""
    return f'<p role="alert" style="{_UNSEEN}">{html.escape(sentence)}</p>'


def strongest(passages: Sequence[Passage], count: int = ANNOUNCED) -> list[Passage]:
    """Return the passages that moved the score most, strongest first, without any that are not underlined."""
    least = _UNDERLINED_SHARE * _scale(passages)
    moving = [passage for passage in passages if abs(passage.effect) >= least]
    return sorted(moving, key=lambda passage: -abs(passage.effect))[:count]


def _unread_joined(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Yield the passages with adjacent unread ones joined, since there may be many thousands."""
    for read, group in groupby(passages, key=lambda passage: passage.read):
        together = list(group)
        if read:
            yield from together
        else:
            yield Passage(together[0].start, together[-1].end, 0.0, read=False)


def _scale(passages: Sequence[Passage]) -> float:
    return max([_PALEST_SCALE, *(abs(passage.effect) for passage in passages)])


def _passage(text: str, passage: Passage, scale: float, announced: bool) -> str:
    if not passage.read:
        return _element("span", text, _UNREAD)
    said = [] if passage.known else [f"not in the vocabulary{passage.read_as and f', read as “{passage.read_as}”'}"]
    style = "" if passage.known else _UNKNOWN
    if abs(passage.effect) >= _NOTHING:
        direction = "positive" if passage.effect > 0 else "negative"
        said.append(f"{passage.effect:+.2f} towards {direction}".replace("-", "−"))
        # A word can have only one kind of line: that of an unknown word takes precedence.
        style = ";".join(filter(None, [_tint(passage.effect, scale), style]))
    if not said:
        return html.escape(text)
    title = ", ".join(said)
    if announced:
        return _element("mark", text, f"color:inherit;{style}", title=title, **{"aria-description": title})
    return _element("span", text, style, title=title)


def _tint(effect: float, scale: float) -> str:
    colour = palette.POSITIVE if effect > 0 else palette.NEGATIVE
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    share = abs(effect) / scale
    style = f"background-color:rgba({red},{green},{blue},{share * _OPAQUE:.3f});border-radius:0.2em;padding:0.1em 0"
    if share < _UNDERLINED_SHARE:
        return style
    line = "solid" if effect > 0 else "dotted"
    return f"{style};text-decoration:underline {line} {colour} 2px;text-underline-offset:0.25em"


def _element(tag: str, text: str, style: str, **attributes: str) -> str:
    written = "".join(f' {name}="{html.escape(value)}"' for name, value in {"style": style, **attributes}.items())
    return f"<{tag}{written}>{html.escape(text)}</{tag}>"


def _said(effect: float, scale: float) -> str:
    if abs(effect) < _NOTHING:
        return "no effect"
    little = " a little" if abs(effect) < _UNDERLINED_SHARE * scale else ""
    return f"raises{little}" if effect > 0 else f"lowers{little}"


def _shortened(sentence: str) -> str:
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    half = _LONGEST_SENTENCE // 2
    return f"{sentence[:half]} … {sentence[-half:]}"
