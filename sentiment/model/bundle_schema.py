"""The schema of a bundle's JSON files. Bundles may come from untrusted sources; values are not checked again later."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Required, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sentiment.errors import BundleError, StorageError

Value = TypeVar("Value")

# Twenty times what the report card of a model of many kinds needs.
_LARGEST_JSON = 2**20

# For settings: an unknown field would change what a model does.
NOTHING_ELSE = ConfigDict(extra="forbid")

Text = Annotated[str, StringConstraints(max_length=2_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Setting = bool | int | float | Text | None


def _as_date(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class Data(TypedDict, total=False):
    """`data` of config.json: the training data of the model. Sizes are in reviews."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    name: Text
    digest: Text
    train: Count
    validation: Count
    test: Count
    notes: list[Text]
    kinds: dict[Text, Count]


class Stars(TypedDict):
    """Metrics of the predicted stars."""

    mean_error: Number
    spearman: Number | None


class Judged(TypedDict, total=False):
    """Metrics on one part of the data; a card is shown as evaluated if they are complete."""

    accuracy: Required[Share]
    accuracy_low: Share
    accuracy_high: Share
    reviews: Count
    bce: Number
    ece: Number
    decided_share: Share
    decided_accuracy: Share | None
    reliability: list[dict[str, Number | None]]
    risk_coverage: list[dict[str, Number | None]]
    confusion: dict[str, Count]
    stars: Stars | None


class Failure(TypedDict, total=False):
    """A behaviour test that the model failed."""

    template: Text
    review: Required[Text]
    expected: Required[Text]
    probability: Required[Share | None]
    changed: Text
    changed_probability: Share | None


class Tests(TypedDict, total=False):
    """Behaviour tests of one capability or of all."""

    cases: Required[Count]
    passed: Required[Count]
    share: Required[Share]


class Capability(Tests, total=False):
    """Behaviour tests of one capability, with some of the failures."""

    failures: Required[list[Failure]]


class Behaviour(Tests, total=False):
    """All behaviour tests."""

    capabilities: Required[dict[Text, Capability]]


class Sizes(TypedDict):
    """The size of the model: bytes on disk, words, numbers."""

    bytes: Count
    vocabulary: Count
    weights: Count


class Speed(TypedDict):
    """The speed of the model on the machine where it was trained."""

    reviews_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    device: Text
    threads: Count


class Profile(TypedDict):
    """Statistics of the training reviews: quantiles of their token counts, and shares."""

    reviews: Count
    tokens: Annotated[list[Number], Field(min_length=5, max_length=5)]
    unknown_share: Share
    positive: Share
    negative: Share
    uncertain: Share
    unscored: Share


class Kind(TypedDict, total=False):
    """Metrics on reviews of one kind of goods, with equal weight of each label."""

    reviews: Required[Count]
    balanced_accuracy: Required[Share]


class Kinds(TypedDict, total=False):
    """Metrics on several kinds of goods, with equal weight of each kind."""

    balanced_accuracy: Required[Share]
    kinds: Required[dict[Text, Kind]]


class Report(TypedDict, total=False):
    """report.json; a part that was not measured is missing.

    For a model adapted to few reviews, `before` has the metrics of the starting model on the same reviews as
    `validation`, and `gain` states the result. For a model of many kinds of goods, `kinds` has those that were held out
    when it was evaluated (`never_met`) and those that were not (`met`); its other parts refer to films.
    """

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    fingerprint: Required[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]
    files: Required[dict[Text, Text]]
    validation: Judged
    before: Judged
    gain: Text
    test: Judged
    behaviour: Behaviour
    sizes: Sizes
    speed: Speed
    data_profile: Profile
    kinds: dict[Text, Kinds]
    finished: Annotated[str, AfterValidator(_as_date)]


DATA = TypeAdapter(Data)
REPORT = TypeAdapter(Report)
EPOCH = TypeAdapter(dict[Text, Number])


def read_text(path: Path) -> str:
    """Return the text of a small file.

    Raises:
        BundleError: the file cannot be read, is too large or is not text.
    """
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise BundleError(f"{path} is not a bundle file: it is larger than {_LARGEST_JSON // 2**20} MB.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BundleError(str(StorageError.of(error))) from error
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}.") from error


def parsed(path: Path, text: str) -> Any:
    """Parse JSON read from a file.

    Raises:
        BundleError: it is not JSON.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise BundleError(f"{path} is not a bundle file: its values are nested too deeply.") from None
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}.") from error


def checked(schema: TypeAdapter[Value], path: Path, text: str) -> Value:
    """Parse JSON read from a file and validate it against a schema.

    Raises:
        BundleError: it does not conform; the message names the file, the location in it and the problem.
    """
    try:
        return schema.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise BundleError(f"{path} is not a bundle file: {place[:100]}: {first['msg']}.") from error
