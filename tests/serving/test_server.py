"""Our container's server, in a real process: its responses equal the predictor's results."""

import asyncio
import concurrent.futures
import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from sentiment.serving import application, formats, handler
from sentiment.system.storage import PROJECT
from tests.support.hostile_texts import HOSTILE_TEXTS
from tests.support.miniature import reviews
from tests.support.serving_process import Endpoint, free_port, running

SERVER = (sys.executable, "-m", "sentiment.serving", "serve")


def settings(bundle, port, **more):
    return os.environ | {"SM_MODEL_DIR": str(bundle), "SAGEMAKER_BIND_TO_PORT": str(port), **more}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("serving") / "log"


@pytest.fixture(scope="module")
def container(tiny_bundle, log):
    port = free_port()
    # One megabyte, so that a body above the limit can be small.
    environment = settings(tiny_bundle, port, SAGEMAKER_MAX_PAYLOAD_IN_MB="1")
    with running(SERVER, port, log, env=environment, cwd=PROJECT) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def texts():
    made = [text for text, _, _ in reviews(60, seed=11)]
    return [*made, "", "Un film magnifique, porté par deux acteurs extraordinaires.", "so " * 300, made[0]]


def expected(predictor, texts):
    return [formats.fields(prediction) for prediction in predictor.score(texts)]


def assert_alike(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        for name in ("probability", "rating", "unknown_share"):
            assert one.pop(name) == (None if other[name] is None else pytest.approx(other.pop(name), abs=1e-5))
            other.pop(name, None)
        assert one == other


def test_json_scores_are_the_predictors(container, predictor, texts):
    reply = container.invoke(json.dumps({"inputs": texts}), "application/json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert_alike(json.loads(reply.body), expected(predictor, texts))


def test_json_lines_scores_are_the_predictors(container, predictor, texts):
    lines = "".join(json.dumps({"review": text}) + "\n" for text in texts)
    reply = container.invoke(lines, "application/jsonlines")
    assert_alike([json.loads(line) for line in reply.body.splitlines()], expected(predictor, texts))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "rebound.example:8080"},
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_page_of_another_web_site_is_refused(container, headers):
    asked = {"Content-Type": "text/plain"} | headers
    for method, path in (("POST", "/invocations"), ("GET", "/ping"), ("OPTIONS", "/invocations")):
        reply = container.send(method, path, "good" if method == "POST" else None, asked)
        assert reply.status == 403
        assert "access-control-allow-origin" not in reply.headers


def test_both_names_of_this_machine_are_answered(container):
    for name in ("127.0.0.1", "localhost"):
        assert container.send("GET", "/ping", None, {"Host": f"{name}:{container.port}"}).status == 200


def test_container_that_listens_to_the_outside_is_called_by_any_name_but_not_by_pages(tiny_bundle, tmp_path):
    port = free_port()
    environment = settings(tiny_bundle, port, SENTIMENT_HOST="0.0.0.0")
    with running(SERVER, port, tmp_path / "log", env=environment, cwd=PROJECT) as endpoint:
        assert endpoint.send("GET", "/ping", None, {"Host": "model.internal"}).status == 200
        assert endpoint.send("GET", "/ping", None, {"Origin": "https://example.org"}).status == 403


def test_plain_text_is_one_prediction(container, predictor):
    reply = container.invoke("The plot is superb.", "text/plain")
    assert_alike([json.loads(reply.body)], expected(predictor, ["The plot is superb."]))


def test_csv_is_answered_row_by_row(container, predictor):
    reply = container.invoke('review\r\n"The plot, all of it, is superb."\r\nDreadful.\r\n', "text/csv")
    header, *rows = reply.body.decode().split("\r\n")
    assert header.startswith("sentiment,probability")
    assert [row.split(",")[0] for row in rows if row] == [
        one.sentiment for one in predictor.score(["The plot, all of it, is superb.", "Dreadful."])
    ]


def test_every_answer_names_its_model(container, predictor):
    reply = container.invoke("Fine.", "text/plain")
    assert reply.headers["X-Amzn-SageMaker-Custom-Attributes"] == f"model={predictor.fingerprint}"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"Fine.", "image/png", 415),
        (b"{", "application/json", 400),
        (b"\xff", "text/plain", 400),
        (b"x" * (2**20 + 1), "text/plain", 413),
        (b"x" * (5 * 2**20), "text/plain", 413),
    ],
)
def test_what_cannot_be_served_is_one_sentence(container, body, content_type, status):
    reply = container.invoke(body, content_type)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    said = json.loads(reply.body)
    assert list(said) == ["error"]
    assert "Traceback" not in said["error"]


def test_the_largest_body_is_served(container):
    assert container.invoke(b"good " * (2**20 // 5), "text/plain").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/score", 404), ("POST", "/ping", 405), ("GET", "/invocations", 405)],
)
def test_other_addresses_and_methods_are_refused(container, method, path, status):
    reply = container.send(method, path)
    assert reply.status == status
    assert "error" in json.loads(reply.body)


def test_many_callers_at_once_each_get_their_own_answer(container, predictor, texts):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda text: container.invoke(text.encode(), "text/plain"), texts))
    assert_alike([json.loads(reply.body) for reply in replies], expected(predictor, texts))


def test_a_small_request_is_answered_while_a_large_one_is_under_way(container):
    costly = json.dumps([f"{number} {'<b>x' * 1_000}" for number in range(230)])
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        large = pool.submit(container.invoke, costly, "application/json")
        small = [container.invoke("Fine.", "text/plain"), container.ping()]
        assert not large.done()
        assert [reply.status for reply in (*small, large.result())] == [200, 200, 200]


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_a_hostile_text_is_scored_as_one_review(container, predictor, kind):
    texts = ["Fine.", HOSTILE_TEXTS[kind](60_000)]
    reply = container.invoke(json.dumps(texts), "application/json")
    assert_alike(json.loads(reply.body), expected(predictor, texts))


def test_a_body_that_never_ends_holds_nobody_up(container, log):
    with socket.create_connection(("127.0.0.1", container.port)) as half:
        head = f"POST /invocations HTTP/1.1\r\nHost: localhost:{container.port}\r\nContent-Length: 99\r\n\r\n"
        half.sendall(head.encode() + b"half")
        assert container.invoke("Fine.", "text/plain").status == 200
        assert container.ping().status == 200
    assert container.ping().status == 200
    assert "Error" not in log.read_text()


@pytest.mark.parametrize("limit", ["BODY_SECONDS", "PART_SECONDS"])
def test_a_body_that_does_not_arrive_in_time_is_refused(predictor, monkeypatch, limit):
    monkeypatch.setattr(application, limit, 0.01)
    sent = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    scope = {"path": "/invocations", "method": "POST", "headers": [(b"host", b"model")]}
    answering = threading.Thread(
        target=lambda: asyncio.run(application.Application(predictor)(scope, receive, send)), daemon=True
    )  # a separate thread: after browser tests, this one already has an event loop
    answering.start()
    answering.join(60)
    assert sent[0]["status"] == 408
    assert "did not arrive" in json.loads(sent[1]["body"])["error"]


def test_a_web_socket_is_refused_without_a_fault(container, log):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    assert container.send("GET", "/invocations", None, headers).status == 405
    assert "Traceback" not in log.read_text()


def test_no_review_reaches_the_log(container, log):
    container.invoke("A secret zebra film.", "text/plain")
    container.send("POST", "/invocations?review=zebra", b'{"review": "zebra"', {"Content-Type": "application/json"})
    assert "zebra" not in log.read_text()


def test_a_fault_is_reported_without_its_words_here_and_in_the_log(predictor, monkeypatch, caplog):
    def fail(texts):
        raise ValueError(f"cannot score {texts}")

    monkeypatch.setattr(predictor, "score", fail)
    answer = handler.answer(predictor, b"A secret zebra film.", "text/plain")
    assert answer.status == 500
    assert list(json.loads(answer.body)) == ["error"]
    assert "ValueError at test_server.py:" in caplog.text
    assert "zebra" not in caplog.text + answer.body.decode()


def test_a_ping_is_refused_when_no_review_can_be_scored(predictor, monkeypatch):
    assert handler.can_score(predictor)
    monkeypatch.setattr(predictor, "network", None)
    assert not handler.can_score(predictor)


def test_a_damaged_bundle_never_answers_a_ping(tiny_bundle, tmp_path):
    broken = shutil.copytree(tiny_bundle, tmp_path / "model")
    (broken / "weights.safetensors").write_bytes(b"torn")
    port = free_port()
    done = subprocess.run(SERVER, env=settings(broken, port), cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "weights.safetensors is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(ConnectionRefusedError):
        Endpoint(port).ping()
