"""The report cards of several models as tables, one column per model, and caveats for comparing them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from sentiment.evaluation.comparison import caution, too_few
from sentiment.model.architecture import Architecture
from sentiment.model.bundle import Card
from sentiment.wording import counted, percent, tenths

Cards = Mapping[str, Card]
_PARTS = {"test": "test part", "validation": "validation part"}
_QUALITY = ("Accuracy", "95 % interval", "Judged on", "BCE", "ECE", "Decided", "Stars", "On kinds of goods held out")
_FILMS = "IMDb"
_FIGURES = {"accuracy", "accuracy_low", "accuracy_high", "reviews", "bce", "ece", "decided_share", "decided_accuracy"}
_UNKNOWN, _FEW = "not measured", "not comparable"


def measured(card: Card) -> tuple[str, dict[str, Any]] | None:
    """Return the part of the data that a model was evaluated on and its figures there; None if it was not evaluated."""
    return next(((part, card.report[part]) for part in _PARTS if card.report.get(part, {}).keys() >= _FIGURES), None)


def accuracy_in_words(card: Card) -> str:
    """Return a model's accuracy with the data it was measured on, such as "0.93 on 2,495 reviews of IMDb".

    The result is "28 reviews: not comparable" if these are few, and "" if there is no accuracy.
    """
    found = measured(card)
    if found is None:
        return ""
    values, name = found[1], judged_data(card)
    whose = f" of {name}" if name else ""
    return too_few(values["reviews"]) or f"{values['accuracy']:.2f} on {counted(values['reviews'], 'review')}{whose}"


def judged_data(card: Card) -> str:
    """Return the name of the data that a model's accuracy was measured on; "" if it is unknown."""
    return _FILMS if "kinds" in card.report else str(card.config.data.get("name", ""))


def accuracy_on_other_goods(card: Card) -> str:
    """Return the accuracy of a multi-domain model on kinds not seen in training, such as "0.89 on new kinds of goods".

    The result is "" for a model that was evaluated on a single kind. Every kind has the same weight, as do both labels.
    """
    judged = card.report.get("kinds", {}).get("never_met")
    return f"{judged['balanced_accuracy']:.2f} on new kinds of goods" if judged else ""


def comparable(cards: Cards) -> dict[str, dict[str, Any]]:
    """Return the figures of the models that were evaluated on enough reviews to be compared."""
    judged = {name: found[1] for name, card in cards.items() if (found := measured(card))}
    return {name: values for name, values in judged.items() if not too_few(values["reviews"])}


def kinds(card: Card) -> pd.DataFrame:
    """Return the kinds of goods a model was trained on, most reviews first: name, reviews, and held-out accuracy.

    The last is the balanced accuracy in words, for the kinds that were held out from training in an evaluation.
    """
    before = card.report.get("kinds", {}).get("never_met", {}).get("kinds", {})
    learnt = sorted(card.config.data.get("kinds", {}).items(), key=lambda one: -one[1])
    rows = [(kind_in_words(name), reviews, _before(before.get(name))) for name, reviews in learnt]
    return pd.DataFrame(rows, columns=["kind", "training reviews", "accuracy while held out"])


def kind_in_words(name: str) -> str:
    """Return the display name of a table of one kind of goods, such as "restaurants: zomato"."""
    return name.replace("__", ": ").replace("_", " ")


def _before(judged: Mapping[str, Any] | None) -> str:
    return "" if judged is None else too_few(judged["reviews"]) or tenths(judged["balanced_accuracy"])


def trained_on(card: Card) -> str:
    """Return what a model was trained on, such as "22,451 reviews of IMDb"."""
    data = card.config.data
    start, teacher = (card.config.training.get(name) for name in ("start", "teacher"))
    return (
        f"{data.get('train', 0):,} reviews of {data.get('name', 'unknown data')}"
        + (", and unlabelled ones with a teacher's labels" if teacher else "")
        + (f", starting from {start}" if start else "")
    )


def figures(cards: Cards) -> pd.DataFrame:
    """Return the figures in words: one row per figure, one column per model."""
    return pd.DataFrame({name: {**_quality(card), **_cost(card), **_origin(card)} for name, card in cards.items()})


def behaviour(cards: Cards) -> pd.DataFrame:
    """Return the pass rates of the behaviour tests: one row per capability and one for all, one column per model."""
    cells = {name: _behaviour(card.report["behaviour"]) for name, card in cards.items() if _is_tested(card)}
    return pd.DataFrame(cells).fillna("not tested")


def failures(cards: Cards) -> pd.DataFrame:
    """Return behaviour tests that models failed, up to three per capability: one row per test, in words."""
    rows = [
        {"capability": capability, "model": name, **_failure(failure)}
        for name, card in cards.items()
        if _is_tested(card)
        for capability, tests in card.report["behaviour"]["capabilities"].items()
        for failure in tests["failures"]
    ]
    return pd.DataFrame(rows, columns=["capability", "model", "review", "expected", "got"])


def untested(cards: Cards) -> list[str]:
    """Return the names of the models whose report card has no behaviour tests."""
    return [name for name, card in cards.items() if not _is_tested(card)]


def cautions(cards: Cards) -> list[str]:
    """Return in sentences why the figures of these models cannot be compared directly."""
    judged = {name: found for name, card in cards.items() if (found := measured(card))}
    said = []
    if len({_judged_on(cards[name], part) for name, (part, _) in judged.items()}) > 1:
        said.append(
            "These models were judged on different reviews, so their figures do not say which is better. "
            "Compare them on one table, below."
        )
    said += [f"{name}: judged on {few}" for name, (_, values) in judged.items() if (few := caution(values["reviews"]))]
    if chosen := [name for name, (part, _) in judged.items() if part == "validation"]:
        said.append(
            f"{', '.join(chosen)}: judged on the validation part, which also chose the epoch, so slightly optimistic."
        )
    return said


def _judged_on(card: Card, part: str) -> tuple[Any, ...]:
    """Return what identifies the reviews of a part; each model draws its own validation split."""
    drawn = (card.config.training.get("seed"), card.config.training.get("validation_share"))
    return part, card.config.data.get("digest"), *(drawn if part == "validation" else ())


def _quality(card: Card) -> dict[str, str]:
    return {**dict.fromkeys(_QUALITY, _UNKNOWN), **_judged(card), **_elsewhere(card)}


def _elsewhere(card: Card) -> dict[str, str]:
    judged = card.report.get("kinds", {}).get("never_met")
    if not judged:
        return {}
    accuracy = f"{tenths(judged['balanced_accuracy'])}, mean of {counted(len(judged['kinds']), 'table')}"
    return {"On kinds of goods held out": accuracy}


def _judged(card: Card) -> dict[str, str]:
    found = measured(card)
    if found is None:
        return {}
    part, values = found
    if few := too_few(values["reviews"]):
        return {**dict.fromkeys(_QUALITY[:-1], _FEW), "Judged on": few}
    cells = (
        tenths(values["accuracy"]),
        f"{tenths(values['accuracy_low'])} to {tenths(values['accuracy_high'])}",
        f"{values['reviews']:,} reviews of the {_PARTS[part]}{f' of {name}' if (name := judged_data(card)) else ''}",
        f"{values['bce']:.3f}",
        f"{values['ece']:.3f}",
        _decided(values),
        _stars(card, values),
    )
    return dict(zip(_QUALITY, cells, strict=False))


def _decided(values: dict[str, Any]) -> str:
    share, right = values["decided_share"], values["decided_accuracy"]
    return "nothing" if right is None else f"{percent(share)} of reviews, {tenths(right)} of them right"


def _stars(card: Card, values: dict[str, Any]) -> str:
    stars = values.get("stars")
    if not stars:
        return _UNKNOWN if card.config.star_levels else "not predicted"
    rank = "" if stars["spearman"] is None else f", rank correlation {stars['spearman']:.2f}"
    return f"{stars['mean_error']:.2f} off{rank}"


def _cost(card: Card) -> dict[str, str]:
    speed, sizes = card.report.get("speed"), card.report.get("sizes")
    return {
        "Speed": f"{speed['reviews_per_second']:,.0f} reviews/s ({_processor(speed)})" if speed else _UNKNOWN,
        "Size": f"{_size_in_words(sizes['bytes'])}, {sizes['weights']:,} weights" if sizes else _UNKNOWN,
        "Network": _network(card.config.architecture),
        "Reads": f"{card.config.maximum_length:,} tokens at most"
        + (f", {sizes['vocabulary']:,} words" if sizes else ""),
    }


def _size_in_words(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _processor(speed: dict[str, Any]) -> str:
    threads = f", {speed['threads']} thread{'s' if speed['threads'] > 1 else ''}"
    return f"{speed['device']}{threads if speed['device'] == 'cpu' else ''}"


def _network(shape: Architecture) -> str:
    ways = " each way" if shape.bidirectional else ""
    layers = f"{shape.layers} × " if shape.layers > 1 else ""
    return f"{shape.cell.upper()}, {layers}{shape.hidden_size} units{ways}, {shape.pooling} pooling"


def _origin(card: Card) -> dict[str, str]:
    finished = card.report.get("finished")
    return {
        "Trained on": trained_on(card),
        "Trained": datetime.fromisoformat(finished).strftime("%-d %B %Y") if finished else "date not recorded",
        "Fingerprint": card.fingerprint[:12],
    }


def _is_tested(card: Card) -> bool:
    return "behaviour" in card.report


def _behaviour(tests: dict[str, Any]) -> dict[str, str]:
    return {**{name: _passed(one) for name, one in tests["capabilities"].items()}, "all": _passed(tests)}


def _passed(one: Mapping[str, Any]) -> str:
    return f"{percent(one['share'])} ({one['passed']:,} of {one['cases']:,})"


def _failure(one: Mapping[str, Any]) -> dict[str, str]:
    got = _probability(one["probability"])
    if "changed" not in one:
        return {"review": one["review"], "expected": one["expected"], "got": got}
    return {
        "review": f"{one['review']} → {one['changed']}",
        "expected": one["expected"],
        "got": f"{got} → {_probability(one['changed_probability'])}",
    }


def _probability(value: float | None) -> str:
    return "unscored" if value is None else f"{percent(value)} positive"
