"""The packed archive, served by the components of AWS's PyTorch inference image."""

import csv
import io
import json
import platform

import pytest

from sentiment.cloud.aws import packing
from sentiment.prediction import PREDICTION_COLUMNS
from sentiment.serving import formats
from tests.support.miniature import reviews
from tests.torchserve.server import missing, serving

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing() or ""),
    # The toolkit searches all processes for its server and refuses a second one.
    pytest.mark.xdist_group("torchserve"),
]

HERE = packing.Target(platform.python_version(), platform.machine().replace("arm64", "aarch64"))
TEXTS = [
    *(text for text, _, _ in reviews(20, seed=3)),
    "Dreadful, &amp; <i>dull</i>.",
    "Un film magnifique, porté par deux acteurs extraordinaires.",
    "",
]


@pytest.fixture(scope="module")
def image(tiny_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torchserve")
    archive = packing.pack(tiny_bundle, folder / "model.tar.gz", HERE)
    with serving(archive.path, folder) as served:
        yield served


@pytest.fixture
def endpoint(image):
    return image[0]


def assert_scored(found, predictor, texts):
    wanted = [formats.fields(one) for one in predictor.score(texts)]
    assert [one["sentiment"] for one in found] == [one["sentiment"] for one in wanted]
    for name in ("probability", "rating"):
        expected = [None if one[name] is None else pytest.approx(one[name], abs=1e-5) for one in wanted]
        assert [one[name] for one in found] == expected


def test_json_scores_are_the_predictors(endpoint, predictor):
    reply = endpoint.invoke(json.dumps({"inputs": TEXTS}), "application/json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert_scored(json.loads(reply.body), predictor, TEXTS)


def test_json_lines_scores_are_the_predictors(endpoint, predictor):
    reply = endpoint.invoke("".join(json.dumps({"review": text}) + "\n" for text in TEXTS), "application/jsonlines")
    assert reply.headers["content-type"] == "application/jsonlines"
    assert_scored([json.loads(line) for line in reply.body.splitlines()], predictor, TEXTS)


def test_plain_text_is_one_prediction(endpoint, predictor):
    assert_scored([json.loads(endpoint.invoke(TEXTS[0].encode(), "text/plain").body)], predictor, TEXTS[:1])


def test_csv_is_answered_row_by_row(endpoint, predictor):
    body = io.StringIO(newline="")
    csv.writer(body).writerows([["review"], *([text] for text in TEXTS)])
    reply = endpoint.invoke(body.getvalue().encode(), "text/csv")
    header, *rows = csv.reader(io.StringIO(reply.body.decode(), newline=""))
    assert tuple(header) == PREDICTION_COLUMNS
    assert [row[0] for row in rows] == [one.sentiment for one in predictor.score(TEXTS)]


def test_every_answer_names_its_model(endpoint, predictor):
    reply = endpoint.invoke(b"Fine.", "text/plain")
    assert reply.headers["X-Amzn-SageMaker-Custom-Attributes"] == f"model={predictor.fingerprint}"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"Fine.", "image/png", 415),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"\xff", "text/csv", 400),
        (b"a,b\n", "text/csv", 400),
        (b'{"text": "a"}\n', "application/jsonlines", 400),
        (b"x" * (6 * 2**20 + 1), "text/plain", 413),
    ],
)
def test_what_cannot_be_served_is_one_sentence(endpoint, body, content_type, status):
    reply = endpoint.invoke(body, content_type)
    assert reply.status == status
    assert list(json.loads(reply.body)) == ["error"]
    assert b"Traceback" not in reply.body


def test_no_review_reaches_the_log(endpoint, image):
    endpoint.invoke("A secret zebra film.", "text/plain")
    endpoint.invoke(b'{"review": "zebra"', "application/json")
    assert "zebra" not in image[1].read_text()
