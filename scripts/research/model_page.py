"""Generate the tables of docs/model.md and of the README from stored results and the model's report card."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.research import results
from scripts.research.comparators import COMPARATORS
from scripts.research.ladder import LADDER
from scripts.research.results import Result
from sentiment.display.report_table import judged_data, kind_in_words
from sentiment.evaluation.comparison import too_few
from sentiment.evaluation.metrics import wilson_interval
from sentiment.model.bundle import Card

_NOT_RUN = "not run yet"
_UNKNOWN = "–"
# What people use instead of a trained network, as shown in the README.
_INSTEAD = ("tf-idf", "vader")


def tables(folder: Path, shipped: Card) -> dict[str, str]:
    """Return the Markdown of each table by the name of its marker, from the results in `folder`.

    Raises:
        DataError: a result is damaged.
    """
    return {
        "summary": _summary_table(shipped, results.read(folder, "kinds")),
        "shipped": _shipped_table(shipped),
        "behaviour": _behaviour_table(shipped),
        "explanations": _explanation_table(results.read(folder, "card"), shipped),
        "ladder": _ladder_table(results.read(folder, "ladder")),
        "comparators": _comparator_table(results.read(folder, "comparator"), shipped),
        "kinds": _kinds_table(results.read(folder, "kinds")),
        "steps": _steps_table(results.read(folder, "steps")),
        "kinds-shipped": _shipped_kinds_table(shipped),
        "kinds-learnt": _learnt_table(shipped),
        "fine-tuning": _fine_tuning_table(results.read(folder, "fine-tuning")),
        "adapting": _adapting_table(results.read(folder, "adapting")),
    }


def _summary_table(shipped: Card, others: Sequence[Result]) -> str:
    """Return the accuracy of the shipped model and of what people use instead, on films and on other kinds."""
    compared = [one for name in _INSTEAD for one in others if one["name"] == name]
    rows = []
    if "test" in shipped.report:
        card = shipped.report["test"]
        reached = [f"{one['films']['accuracy']:.3f}" for one in compared]
        decided = [f"{100 * card['decided_share']:.0f} %", _share(card["decided_accuracy"])]
        name = f"{judged_data(shipped)}, test part"
        rows.append([name, f"{card['reviews']:,}", f"**{card['accuracy']:.3f}**", *reached, *decided])
    cards = shipped.report.get("kinds", {})
    for part, title in (("met", "kinds met"), ("never_met", "kinds never met")):
        if part in cards:
            accuracy, *decided = _decided(cards[part])
            reached = [f"{one[part]['mean']:.3f}" for one in compared]
            rows.append([title, f"{_reviews_of(cards[part]):,}", f"**{accuracy}**", *reached, *decided])
    titles = [one["title"] for one in compared]
    return _markdown(["reviews", "how many", "this model", *titles, "decided", "right among the decided"], rows)


def _shipped_table(shipped: Card) -> str:
    parts = [part for part in ("validation", "test") if part in shipped.report]
    cards = [shipped.report[part] for part in parts]
    rows = [
        ["accuracy", *(f"{card['accuracy']:.4f}" for card in cards)],
        ["95 % interval", *(f"{card['accuracy_low']:.3f} to {card['accuracy_high']:.3f}" for card in cards)],
        ["calibration error (ECE, 15 bins)", *(f"{card['ece']:.3f}" for card in cards)],
        ["decided; the rest is called uncertain", *(f"{100 * card['decided_share']:.0f} %" for card in cards)],
        ["right among the decided", *(_share(card["decided_accuracy"]) for card in cards)],
    ]
    if all("stars" in card for card in cards):
        rows.append(["stars, mean error", *(f"{card['stars']['mean_error']:.2f}" for card in cards)])
    judged = [f"{judged_data(shipped)}, {part}, {shipped.report[part]['reviews']:,}" for part in parts]
    return _markdown([_made_of(shipped), *judged], rows)


def _behaviour_table(shipped: Card) -> str:
    measured = shipped.report["behaviour"]
    rows = [
        [name, f"{one['cases']:,}", f"{100 * one['share']:.0f} %"]
        for name, one in sorted(measured["capabilities"].items(), key=lambda item: -item[1]["share"])
    ]
    rows.append(["together", f"{measured['cases']:,}", f"{100 * measured['share']:.0f} %"])
    return _markdown(["capability", "cases", "as expected"], rows)


def _explanation_table(cards: Sequence[Result], shipped: Card) -> str:
    """Return the table for the shipped model, from the cards printed by `scripts/evaluate.py --explanations`."""
    cards = [card for card in cards if card["model"]["fingerprint"] == shipped.fingerprint]
    measured = next((card["explanations"] for card in cards if "explanations" in card), None)
    rows = [
        ["moved by deleting the 10 strongest words, median", f"{measured['strongest']:.3f}" if measured else _NOT_RUN],
        ["moved by deleting 10 random words, median", f"{measured['random']:.3f}" if measured else _NOT_RUN],
        ["explanations complete to 5 %", f"{100 * measured['complete_share']:.0f} %" if measured else _NOT_RUN],
        [
            "telling words of short reviews with the right sense",
            _sense(measured["word_sense"]) if measured else _NOT_RUN,
        ],
    ]
    return _markdown(["probability", f"{measured['reviews'] if measured else 0:,} reviews of the test part"], rows)


def _sense(measured: Mapping[str, Any]) -> str:
    return f"{measured['passed']} of {measured['cases']}"


def _made_of(shipped: Card) -> str:
    sizes, shape = shipped.report["sizes"], shipped.config.architecture
    units = f"{shape.hidden_size} units{' per direction' if shape.bidirectional else ''}"
    return f"{shape.cell.upper()}, {units}, {sizes['vocabulary']:,} words, {sizes['bytes'] / 1e6:.1f} MB"


def _ladder_table(stored: Sequence[Result]) -> str:
    runs = {name: _of_row(name, stored) for name in LADDER}
    rows = []
    for name, row in LADDER.items():
        against = runs.get(row.against, [])
        rows.append([name, row.title, row.against or _UNKNOWN, *_reached(runs[name], against)])
    header = ["row", "what changes", "in", "validation, by film", "test", "change, points", "minutes", "MB", "runs"]
    return _markdown(header, rows)


def _of_row(name: str, stored: Sequence[Result]) -> list[Result]:
    """Return the results of a row, except those with settings that the row no longer has."""
    wanted = LADDER[name].settings()
    return [
        result
        for result in stored
        if result["row"] == name
        and all(wanted[setting] == value for setting, value in result["settings"].items() if setting in wanted)
    ]


def _reached(runs: list[Result], against: list[Result]) -> list[str]:
    if not runs:
        return [_NOT_RUN, *[_UNKNOWN] * 5]
    change = _UNKNOWN
    if all("test" in run for run in runs + against) and against:
        change = f"{100 * (_mean(runs, _test_accuracy) - _mean(against, _test_accuracy)):+.1f}"
    return [
        _accuracy(runs, "validation"),
        _accuracy(runs, "test"),
        change,
        f"{_mean(runs, lambda run: run['minutes']):.1f}",
        f"{_mean(runs, lambda run: run['bytes']) / 1e6:.1f}",
        "one seed" if len(runs) == 1 else f"{len(runs)} seeds",
    ]


def _accuracy(runs: list[Result], part: str) -> str:
    """Return the accuracy of one run, or the mean of several with its standard error."""
    if any(part not in run for run in runs):
        return _UNKNOWN
    values = [run[part]["accuracy"] for run in runs]
    if len(values) == 1:
        return f"{values[0]:.4f}"
    return f"{statistics.mean(values):.4f} ± {statistics.stdev(values) / len(values) ** 0.5:.4f}"


def _mean(runs: list[Result], value: Callable[[Result], float]) -> float:
    return statistics.mean(map(value, runs))


def _test_accuracy(run: Result) -> float:
    return float(run["test"]["accuracy"])


def _comparator_table(stored: Sequence[Result], shipped: Card) -> str:
    found = {result["name"]: result for result in stored}
    rows = [
        [comparator.title, *_compared(found.get(name), name), _versions(found.get(name))]
        for name, comparator in COMPARATORS.items()
    ]
    if "test" in shipped.report:
        card = shipped.report["test"]
        rows.append(["**the shipped model**", *_with_interval(card["accuracy"], card["reviews"]), _UNKNOWN, ""])
    return _markdown(["model", "test accuracy", "95 % interval", "reviews", "learns in", "made with"], rows)


def _compared(result: Result | None, name: str) -> list[str]:
    if result is None or result["settings"] != COMPARATORS[name].settings:
        return [_NOT_RUN, _UNKNOWN, _UNKNOWN, _UNKNOWN]
    learns = f"{result['seconds']['train']:,.0f} s" if result["settings"] else "nothing to learn"
    return [*_with_interval(result["accuracy"], result["n"]), learns]


def _kinds_table(stored: Sequence[Result]) -> str:
    """Return models ranked by their accuracy on unseen kinds of goods."""
    rows = [
        [
            one["title"],
            f"{one['never_met']['mean']:.3f}",
            f"{one['met']['mean']:.3f}",
            f"{one['films']['accuracy']:.4f}",
            _UNKNOWN if one["bytes"] is None else f"{one['bytes'] / 1e6:.0f} MB",
            _UNKNOWN if one["learns_in_seconds"] is None else f"{one['learns_in_seconds']:,.0f} s",
            f"{one['films_per_second']:,.0f}",
        ]
        for one in sorted(stored, key=lambda one: float(one["never_met"]["mean"]))
    ]
    header = ["model", "kinds never met", "kinds met", "films, test", "size", "learns in", "film reviews a second"]
    return _markdown(header, rows)


def _steps_table(stored: Sequence[Result]) -> str:
    """Return what each step from films to reviews of anything gains."""
    rows = [
        [
            one["name"],
            one["change"],
            f"{one['texts']:,}",
            *(_UNKNOWN if one[part] is None else f"{one[part]:.3f}" for part in ("films", "met", "never_met")),
            f"{one['seconds']:.0f} s" if one["texts"] else _UNKNOWN,
        ]
        for one in sorted(stored, key=lambda one: int(one["number"]))
    ]
    header = ["row", "one change", "texts", "films, validation", "kinds met", "kinds never met", "processor time"]
    return _markdown(header, rows)


def _shipped_kinds_table(shipped: Card) -> str:
    """Return the shipped model's accuracy on each unseen kind, and the means over seen and unseen kinds."""
    cards = shipped.report.get("kinds", {})
    rows = [
        [kind_in_words(name), *_of_kind(one)]
        for name, one in sorted(cards.get("never_met", {}).get("kinds", {}).items())
    ]
    for part, title in (("never_met", "kinds never met"), ("met", "kinds met")):
        if part in cards:
            card = cards[part]
            rows.append([f"**{title}, mean**", f"{_reviews_of(card):,}", *_decided(card)])
            undecided = card["neutral_undecided"]
            if undecided is not None:
                decided = f"{100 * (1 - undecided):.0f} %"
                rows.append([f"three stars, {title}", f"{card['neutral_reviews']:,}", _UNKNOWN, decided, _UNKNOWN])
    return _markdown(["kind", "reviews", "balanced accuracy", "decided", "right among the decided"], rows)


def _of_kind(one: Mapping[str, Any]) -> list[str]:
    if few := too_few(one["reviews"]):
        return [few, _UNKNOWN, _UNKNOWN, _UNKNOWN]
    return [f"{one['reviews']:,}", *_decided(one)]


def _reviews_of(card: Mapping[str, Any]) -> int:
    return sum(one["reviews"] for one in card["kinds"].values())


def _learnt_table(shipped: Card) -> str:
    """Return how many rows of each table the shipped model was trained on."""
    learnt = shipped.config.data.get("kinds", {})
    return _markdown(["table", "training rows"], [[name, f"{rows:,}"] for name, rows in learnt.items()])


def _fine_tuning_table(stored: Sequence[Result]) -> str:
    """Return what few labels of an unseen kind are worth, each figure the mean of its draws."""
    rows = []
    for result in stored:
        sizes = sorted({row["size"] for row in result["rows"]})
        for kind in [*sorted({row["kind"] for row in result["rows"]}), ""]:
            for size in sizes:
                of_both = [row for row in result["rows"] if row["size"] == size and kind in ("", row["kind"])]
                rows.append([result["title"], kind_in_words(kind) or "**mean**", f"{size:,}", *_fine_tuned(of_both)])
    header = ["started from", "kind", "labels", "the start", "fine-tuned", "TF-IDF + LR", "more than TF-IDF + LR"]
    return _markdown([*header, "draws worse than the start", "processor time"], rows)


def _adapting_table(stored: Sequence[Result]) -> str:
    """Return what a model gains from its own verdicts on an unseen kind, with the best setting of all."""
    rows = []
    for result in stored:
        best = max(result["means"], key=result["means"].__getitem__)
        for kind in [*sorted({row["kind"] for row in result["rows"]}), ""]:
            draws = [row for row in result["rows"] if kind in ("", row["kind"])]
            before = statistics.mean(row["start"] for row in draws)
            after = statistics.mean(row["adapted"][best] for row in draws)
            name = kind_in_words(kind) or f"**mean**, best of {len(result['means'])} settings"
            rows.append([name, f"{result['size']:,}", str(len(draws)), f"{before:.3f}", f"{after:.3f}"])
    return _markdown(["kind", "reviews without labels", "draws", "the start", "adapted"], rows)


def _fine_tuned(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    means = [statistics.mean(row[name] for row in rows) for name in ("start", "fine_tuned", "tf_idf")]
    losses = [row["start"] - row["fine_tuned"] for row in rows if row["fine_tuned"] < row["start"]]
    worse = f"{len(losses)} of {len(rows)}" + (f", by {100 * max(losses):.1f} points at most" if losses else "")
    seconds = statistics.mean(row["seconds"] for row in rows)
    more = f"{100 * (means[1] - means[2]):+.1f} points"
    return [*(f"{mean:.3f}" for mean in means), more, worse, f"{seconds:.0f} s"]


def _decided(one: Mapping[str, Any]) -> list[str]:
    return [
        f"{one['balanced_accuracy']:.3f}",
        f"{100 * one['decided_share']:.0f} %",
        _share(one["decided_accuracy"]),
    ]


def _with_interval(accuracy: float, reviews: int) -> list[str]:
    low, high = wilson_interval(round(accuracy * reviews), reviews)
    return [f"{accuracy:.4f}", f"{low:.3f} to {high:.3f}", f"{reviews:,}"]


def _versions(result: Result | None) -> str:
    return ", ".join(f"{name} {version}" for name, version in result["versions"].items()) if result else ""


def _share(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.3f}"


def _markdown(header: list[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
