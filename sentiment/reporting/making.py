"""Making a report from a scored table in one call, for the command line and the dashboard's download."""

from collections.abc import Callable, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import Filter
from sentiment.answers.themes.lists import Theme, shipped_themes
from sentiment.answers.themes.mentions import review_themes, score_themes
from sentiment.display.report_table import trained_on
from sentiment.errors import ConfigError
from sentiment.model.bundle import Card
from sentiment.prediction import Scorer
from sentiment.reporting.document import write_report
from sentiment.reporting.findings import Findings, Source, gather
from sentiment.scoring.view import ScoredTable
from sentiment.tables.table import Table

SUFFIX = ".html"
_PACKAGES = ("altair", "sklearn", "vl_convert")
# The uncertain band of a model that is not local is unknown: below one half counts as negative.
_UNKNOWN_BAND = (0.5, 0.5)


def check_report(output: Path) -> None:
    """Check, before the work, that a report can be written to `output`.

    Raises:
        ConfigError: it cannot.
    """
    if output.suffix.lower() != SUFFIX:
        raise ConfigError(f'Cannot write the report "{output.name}": its name must end in {SUFFIX}.')
    if output.is_dir():
        raise ConfigError(f"Cannot write the report {output}: it is a directory.")
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise ConfigError(
            f'A report needs {", ".join(missing)}, not installed here: run pip install "review-sentiment[report]".'
        )


def source_of(table: str, name: str, fingerprint: str, card: Card | None) -> Source:
    """Return the source to state in a report: the table and the model; without a `card`, little of it is known."""
    if card is None:
        return Source(table, name, fingerprint, None)
    calibration = card.config.calibration
    learnt_from = trained_on(card) if card.config.data else ""
    return Source(table, name, fingerprint, (calibration.low, calibration.high), learnt_from)


def findings_of(
    facts: TableFacts,
    source: Source,
    store: Path,
    scorer: Scorer | None = None,
    wanted: Filter | None = None,
    themes: Sequence[Theme] | None = None,
    report: Callable[[str], None] = lambda step: None,
) -> Findings:
    """Return all findings of a report on the rows that pass `wanted`, all rows when None.

    The sentences that mention a theme are scored by `scorer` and stored in the file `store`; without a scorer, the
    verdict on the whole review is used instead. `themes` are the built-in ones when None. `report` is called with each
    step in words.
    """
    chosen = shipped_themes() if themes is None else tuple(themes)
    band = source.band or _UNKNOWN_BAND
    if scorer is None:
        scores = review_themes(facts, chosen, band)
    else:
        scores = score_themes(
            facts,
            chosen,
            scorer,
            band,
            store,
            lambda done, of: report(f"Scoring sentences that mention a theme: {done:,} of {of:,}"),
        )
    return gather(facts, source, date.today(), wanted, scores, report)


def write(
    scored: Path,
    table: Table,
    scorer: Scorer,
    card: Card | None,
    output: Path,
    themes: Sequence[Theme] | None,
    report: Callable[[str], None],
) -> None:
    """Write the report on `table`, whose predictions are in the Parquet file `scored`, to `output`.

    Themes, the built-in ones when None, are scored by sentence if the model is local, that is, if it has a `card`.
    """
    facts = TableFacts(ScoredTable(scored, table.text_index))
    source = source_of(table.path.name, scorer.name, scorer.fingerprint, card)
    store = scored.with_suffix(".sentences.npz")
    findings = findings_of(facts, source, store, scorer if card else None, themes=themes, report=report)
    report("Drawing the report")
    write_report(findings, output)
