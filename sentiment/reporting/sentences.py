"""The findings in sentences: the summary of a report, the meaning of a change, how the report was made."""

from sentiment.answers.groups import Group
from sentiment.answers.phrases.drivers import Driver
from sentiment.answers.trend import Change, Unit
from sentiment.reporting.findings import Findings
from sentiment.scoring.label_check import Measures
from sentiment.wording import counted, percent, tenths

_PERIODS: dict[Unit, str] = {"day": "%-d %B %Y", "week": "the week of %-d %B %Y", "month": "%B %Y", "quarter": "%B %Y"}
NOTHING = "Nothing stands out more than chance."


def summary(findings: Findings) -> list[str]:
    """Return the answers in a few sentences: how bad, in which group, since when, and why."""
    said = [_share(findings), *_where(findings), *_since(findings), *_why(findings)]
    return [sentence for sentence in said if sentence]


def change_in_words(change: Change, unit: Unit) -> str:
    """Return a level change as a sentence, such as "From May 2025 on it was 31 %, before that 22 %."."""
    when = change.period.strftime(_PERIODS[unit])
    who = f"{change.group}: from" if change.group else "From"
    return f"{who} {when} on it was {percent(change.after)}, before that {percent(change.before)}."


def made(findings: Findings) -> dict[str, str]:
    """Return how the report was made: heading to sentence."""
    source, head, accuracy = findings.source, findings.headline, findings.accuracy
    band = "" if source.band is None else f", {percent(source.band[0])} to {percent(source.band[1])}"
    words = {
        "Table": f"{source.table}, {counted(head.rows, 'row')}",
        "Filter": findings.about,
        "Model": f"{source.model} (fingerprint {source.fingerprint[:12]})",
        "Trained on": source.learnt_from,
        "Uncertain": f"{percent(head.counts['uncertain'] / max(1, head.scored))} of the scored reviews: their "
        f"probability of positive is in the range in which the model does not decide{band}.",
        "Themes": _themes(findings),
        "Accuracy here": ""
        if accuracy is None
        else f"{tenths(accuracy.accuracy)} of the {_labelled(accuracy):,} rows with a label agree with it "
        f"(column {findings.label_column}; 95 % interval {tenths(accuracy.accuracy_low)} to "
        f"{tenths(accuracy.accuracy_high)}).",
        "No verdict": ", ".join(f"{rows:,} {reason}" for reason, rows in head.unscored.items()),
        "Date": f"{findings.made:%-d %B %Y}",
        "Chance": "Groups are compared by Fisher's exact test, adjusted for their number (Benjamini and Hochberg). A "
        "change over time counts when fewer than 1 % of random orders of the rows show one as clear. Phrases are "
        "compared by weighted log-odds (Monroe, Colaresi and Quinn 2008) and listed when chance would show any of "
        "them in fewer than 1 % of tables.",
    }
    return {name: text for name, text in words.items() if text}


def driver_in_words(driver: Driver) -> str:
    """Return the frequency of a phrase: "in 9.1 % of negative and 0.3 % of positive reviews"."""
    return f"in {tenths(driver.negative_share)} of negative and {tenths(driver.positive_share)} of positive reviews"


def _themes(findings: Findings) -> str:
    """Return what the themes are based on; "" if nothing needs to be stated."""
    if findings.themes is None:
        return "Not included: they were not scored yet when this report was made."
    return findings.themes.sample_in_words()


def _labelled(one: Measures) -> int:
    return one.positive_as_positive + one.positive_as_negative + one.negative_as_positive + one.negative_as_negative


def _share(findings: Findings) -> str:
    head = findings.headline
    if head.negative_share is None or head.low is None or head.high is None:
        return "None of these rows has a verdict."
    if head.only:
        return f"The only scored review is {head.only}."
    positive, uncertain = (head.counts[name] / head.scored for name in ("positive", "uncertain"))
    return (
        f"{percent(head.negative_share)} of the {counted(head.scored, 'scored review')} are negative "
        f"(95 % interval: {percent(head.low)} to {percent(head.high)}), {percent(positive)} positive and "
        f"{percent(uncertain)} uncertain."
    )


def _where(findings: Findings) -> list[str]:
    return [_worst(column, groups[0]) for column, groups in findings.groups.items() if groups]


def _worst(column: str, worst: Group) -> str:
    if not (worst.stands_out and worst.difference > 0):
        return ""
    return (
        f"By {column}, {worst.name} is worst: {percent(worst.share)} of its {counted(worst.rows, 'review')} are "
        f"negative, {100 * worst.difference:.0f} points more than elsewhere."
    )


def _since(findings: Findings) -> list[str]:
    if findings.trend is None:
        return []
    changes = findings.trend.changes
    if not changes:
        return ["Over time, nothing changed more than chance explains."]
    return [f"Over time: {change_in_words(change, findings.trend.unit)}" for change in changes[:2]]


def _why(findings: Findings) -> list[str]:
    if not findings.headline.counts["negative"]:
        return []
    causes = [one for one in findings.drivers.negative if not one.is_opinion][:3]
    if not causes:
        return [] if findings.drivers.negative else [f"Among the phrases of negative reviews, {NOTHING.lower()}"]
    first, *rest = causes
    also = "".join(f", “{one.phrase}”" for one in rest)
    return [f"What stands out in negative reviews: “{first.phrase}” ({driver_in_words(first)}){also}."]
