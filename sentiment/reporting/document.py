"""The report as one HTML file: it makes no request, opens in any browser, and prints on A4."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import altair as alt

from sentiment.answers.groups import Group, in_words, listed_and_small, small_in_words
from sentiment.answers.phrases.drivers import Driver
from sentiment.answers.phrases.quotes import Quote
from sentiment.answers.themes.scores import ThemeRow
from sentiment.display import palette
from sentiment.display.answer_charts import theme_chart, trend_chart
from sentiment.prediction import SENTIMENTS, Sentiment
from sentiment.reporting import pictures, sentences
from sentiment.reporting.findings import Findings
from sentiment.reporting.pictures import Caption
from sentiment.system.storage import write_text
from sentiment.wording import counted, percent, tenths

_MOST_GROUPS = 15
_VARIANTS = 3  # listed per phrase
_STYLE = Path(__file__).with_name("report.css")
_COLOURS: dict[Sentiment, str] = {
    "positive": palette.POSITIVE,
    "negative": palette.NEGATIVE,
    "uncertain": palette.UNCERTAIN,
    "unscored": "#d9dee4",
}
# Even with a bug in the page, a browser could not request anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_report(findings: Findings, path: Path) -> None:
    """Write the report to `path`, atomically."""
    write_text(path, report_html(findings))


def report_html(findings: Findings) -> str:
    """Return the report as self-contained HTML, including its styles and charts (SVG)."""
    title = f"Reviews in {findings.source.table}"
    scope = f'<p class="scope">Only rows with {escape(findings.about)}</p>' if findings.about else ""
    sections = [
        _verdicts(findings),
        _over_time(findings),
        *(_groups(column, groups) for column, groups in findings.groups.items()),
        _drivers(findings),
        _themes(findings),
        _made(findings),
    ]
    answers = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences.summary(findings))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f'<main>\n<header><h1>{escape(title)}</h1>{scope}<ul class="answers">{answers}</ul></header>\n'
        f"{''.join(filter(None, sections))}</main>\n</body>\n</html>\n"
    )


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>\n{''.join(parts)}</section>\n"


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>\n'


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are HTML already; the first column is text, the others are numbers."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return f"<{tag}>{row[0]}</{tag}>" + "".join(f'<{tag} class="number">{cell}</{tag}>' for cell in row[1:])

    body = "".join(f"<tr>{cells('td', row)}</tr>\n" for row in rows)
    table = f"<table><thead><tr>{cells('th', header)}</tr></thead>\n<tbody>{body}</tbody></table>"
    return f'<div class="table">{table}</div>\n'


def _figure(drawing: str, words: str) -> str:
    return f'<figure role="img" aria-label="{escape(words, quote=True)}">{drawing}</figure>\n'


def _source(findings: Findings) -> str:
    return f"{findings.source.table}, scored by {findings.source.model}, {findings.made:%-d %B %Y}"


def _verdicts(findings: Findings) -> str:
    head = findings.headline
    shares = {name: head.counts[name] / max(1, head.rows) for name in SENTIMENTS if head.counts[name]}
    bar = "".join(
        f'<span style="width:{100 * share:.2f}%;background:{_COLOURS[name]}"></span>' for name, share in shares.items()
    )
    rows = [(f"{_dot(name)}{name.capitalize()}", f"{head.counts[name]:,}", percent(shares[name])) for name in shares]
    reasons = ", ".join(f"{rows:,} {reason}" for reason, rows in head.unscored.items())
    return _section(
        "How many are unhappy?",
        f'<div class="bar" aria-hidden="true">{bar}</div>\n',
        _table(("Verdict", "Rows", "Of all rows"), rows),
        _note(f"Without a verdict: {reasons}.") if reasons else "",
    )


def _dot(name: Sentiment) -> str:
    return f'<span class="dot" style="background:{_COLOURS[name]}"></span>'


def trend_drawing(findings: Findings) -> tuple[alt.LayerChart, Caption]:
    """Return the chart of the trend with its caption.

    Raises:
        ValueError: the findings have no trend.
    """
    if findings.trend is None:
        raise ValueError("There is no trend without a column of dates.")
    count = counted(findings.headline.scored, "scored row")
    title = f"Share of negative reviews by {findings.trend.unit}"
    return trend_chart(findings.trend), Caption(title, _of_filter(count, findings), _source(findings))


def theme_drawing(findings: Findings) -> tuple[alt.LayerChart, Caption]:
    """Return the chart of the themes with its caption.

    Raises:
        ValueError: the findings have no themes.
    """
    if findings.themes is None:
        raise ValueError("The themes were not scored.")
    count = counted(findings.themes.rows, "scored row")
    caption = Caption("Themes by the rows that mention them", _of_filter(count, findings), _source(findings))
    return theme_chart(findings.themes), caption


def _of_filter(count: str, findings: Findings) -> str:
    return f"{count} · {findings.about}" if findings.about else count


def _over_time(findings: Findings) -> str:
    trend = findings.trend
    if trend is None or trend.frame.empty:
        return ""
    chart, caption = trend_drawing(findings)
    changes = " ".join(sentences.change_in_words(change, trend.unit) for change in trend.changes)
    words = changes or "No lasting change beyond what chance explains."
    left_out = f" {counted(trend.left_out, 'row')} without a readable date left out." if trend.left_out else ""
    return _section(
        "Since when?",
        _figure(pictures.svg(chart, caption), f"{caption.title}. {words}"),
        _note(f"{words} The band is the 95 % interval; dates from the column {findings.date_column}.{left_out}"),
    )


def _groups(column: str, groups: Sequence[Group]) -> str:
    listed, small = listed_and_small(groups)
    rows = [
        (
            escape(group.name),
            f"{group.rows:,}",
            percent(group.share),
            f"{percent(group.low)} to {percent(group.high)}",
            f"{_points(group.difference)}{' <b>more than chance</b>' if group.stands_out else ''}",
        )
        for group in listed[:_MOST_GROUPS]
    ]
    header = (escape(column), "Scored rows", "Negative", "95 % interval", "Points from the rest")
    cut = f"The {len(rows)} worst of {len(listed)}." if len(listed) > len(rows) else ""
    notes = (cut, in_words(groups), small_in_words(small))
    return _section(f"Where? By {column}", _table(header, rows), _note(" ".join(filter(None, notes))))


def _points(difference: float) -> str:
    """Return a difference of shares in percentage points with its sign, such as "+23" or "−6"."""
    points = round(100 * difference)
    return f"{points:+d}".replace("-", "−") if points else "0"


def _drivers(findings: Findings) -> str:
    found = findings.drivers
    if not found.negative and not found.positive:
        return _section("What drives it?", _note(sentences.NOTHING))
    sampled = found.counted_rows < findings.headline.rows
    about = (
        f"Words and phrases that appear more often in the {counted(found.negative_reviews, 'negative review')} or in "
        f"the {counted(found.positive_reviews, 'positive one')} than chance allows; {found.compared:,} were compared"
        + (f", in an even sample of {found.counted_rows:,} rows. " if sampled else ". ")
        + "Words that only say good or bad come last."
    )
    return _section(
        "What drives it?",
        _note(about),
        _side("What the unhappy write", "unhappy", found.negative, findings),
        _side("What the happy write", "happy", found.positive, findings),
    )


def _side(title: str, side: str, found: Sequence[Driver], findings: Findings) -> str:
    if not found:
        return f"<h3>{escape(title)}</h3>\n{_note(sentences.NOTHING)}"
    rows = [
        (
            f'{escape(one.phrase)} <span class="also">{escape(", ".join(one.variants[:_VARIANTS]))}</span>',
            tenths(one.negative_share),
            tenths(one.positive_share),
            f"{one.rows:,}",
            f"{abs(one.z):.1f}",
        )
        for one in found
    ]
    quoted = "".join(_quoted(one.phrase, findings.quotes.get(one.phrase, ())) for one in found)
    table = _table(("Phrase", "Of negative", "Of positive", "Rows", "z"), rows)
    return f'<h3>{escape(title)}</h3>\n{table}<div class="{side}">{quoted}</div>\n'


def _quoted(phrase: str, found: Sequence[Quote]) -> str:
    if not found:
        return ""
    quotes = "".join(
        f"<blockquote>{escape(one.text[: one.start])}<mark>{escape(one.text[one.start : one.end])}</mark>"
        f"{escape(one.text[one.end :])} <cite>row {one.row + 1:,}</cite></blockquote>\n"
        for one in found
    )
    return f'<div class="quotes"><h4>“{escape(phrase)}”</h4>\n{quotes}</div>\n'


def _themes(findings: Findings) -> str:
    table = findings.themes
    if table is None:
        return ""
    if not table.themes:
        return _section("Which themes?", _note("No review mentions any of the themes."))
    chart, caption = theme_drawing(findings)
    judged = "the sentences that mention it, not by the whole review" if findings.by_sentence else "the whole review"
    mention = "mentions" if table.uncaught == 1 else "mention"
    uncaught = f"{counted(table.uncaught, 'row')} ({percent(table.uncaught / max(1, table.rows))}) {mention} none"
    return _section(
        "Which themes?",
        _figure(pictures.svg(chart, caption), caption.title),
        _table(("Theme", "Rows", "Of scored", "Negative", "95 % interval"), map(_theme_cells, table.themes)),
        _note(f"{uncaught} of the themes. A theme is judged by {judged}. {table.sample_in_words()}"),
    )


def _theme_cells(one: ThemeRow) -> tuple[str, ...]:
    share = percent(one.negative_share) if one.judged else ""
    interval = f"{percent(one.low)} to {percent(one.high)}" if one.judged else ""
    return escape(one.name), f"{one.rows:,}", percent(one.share_of_rows), share, interval


def _made(findings: Findings) -> str:
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>\n" for name, text in sentences.made(findings).items()
    )
    return _section("How this report was made", f"<dl>{lines}</dl>\n")
