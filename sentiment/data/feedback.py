"""Users' feedback on verdicts: stored in a database, counted, and exported as a labelled table to train on."""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sql
from sqlalchemy.exc import SQLAlchemyError

from sentiment.errors import FeedbackError
from sentiment.prediction import Sentiment
from sentiment.tables.rows import spreadsheet_text

# "mixed" is left out of training.
Label = Literal["positive", "negative", "mixed"]

EXPORTED = ("review", "label", "verdict", "probability", "model", "time")
_METADATA = sql.MetaData()
_OPINIONS = sql.Table(
    "opinions",
    _METADATA,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("review", sql.Text, nullable=False),
    # Not every database can compare texts of any length.
    sql.Column("review_digest", sql.String(64), nullable=False, index=True),
    sql.Column("label", sql.String(16), nullable=False),
    sql.Column("verdict", sql.String(16), nullable=False),
    sql.Column("probability", sql.Float),
    sql.Column("model", sql.String(64), nullable=False),
    sql.Column("time", sql.String(32), nullable=False),
)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Opinion:
    """A user's label for a review, with the model's prediction.

    `probability` is that of the prediction (None if unscored), `model` the bundle's fingerprint, 64 hex digits, `time`
    in UTC, formatted as in ISO 8601.
    """

    review: str
    label: Label
    verdict: Sentiment
    probability: float | None
    model: str
    time: str = field(default_factory=_now)


class Feedback:
    """The opinions in an SQL database; its table is created if it does not exist.

    Every method raises FeedbackError if the database cannot be used.
    """

    def __init__(self, engine: sql.Engine) -> None:
        self._engine = engine
        with self._connection() as connection:
            _METADATA.create_all(connection)

    def add(self, opinion: Opinion) -> None:
        """Store an opinion."""
        with self._connection() as connection:
            digest = hashlib.sha256(opinion.review.encode()).hexdigest()
            connection.execute(_OPINIONS.insert().values(**asdict(opinion), review_digest=digest))

    def __len__(self) -> int:
        """The number of reviews with an opinion."""
        with self._connection() as connection:
            return int(
                connection.execute(sql.select(sql.func.count(_OPINIONS.c.review_digest.distinct()))).scalar_one()
            )

    def opinions(self) -> list[Opinion]:
        """Return the last opinion on each review, oldest first: a later one corrects an earlier one."""
        columns = [_OPINIONS.c[one.name] for one in fields(Opinion)]
        with self._connection() as connection:
            rows = connection.execute(sql.select(*columns).order_by(_OPINIONS.c.id)).all()
        last: dict[str, Opinion] = {}
        for row in rows:
            last.pop(row.review, None)
            last[row.review] = Opinion(**row._mapping)
        return list(last.values())

    def table(self) -> bytes:
        """Return the opinions as a labelled table: CSV in UTF-8, safe to open in a spreadsheet."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(EXPORTED)
        for opinion in self.opinions():
            writer.writerow([spreadsheet_text(getattr(opinion, name)) for name in EXPORTED])
        return written.getvalue().encode()

    @contextmanager
    def _connection(self) -> Iterator[sql.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            address = self._engine.url.render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise FeedbackError(f"The database of opinions, {address}, cannot be used: {reason}.") from error
