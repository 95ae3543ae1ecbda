"""A model that starts immediately and responds like ours, for tests of endpoint callers.

Its predictions depend only on each review's text, its fingerprint on the variable `MODEL`.
"""

import hashlib

import boto3

from tests.localcloud.small_server import create_model, upload_model

SERVER = """
import hashlib, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = hashlib.sha256(os.environ["MODEL"].encode()).hexdigest()
LONGEST = int(os.environ.get("LONGEST", 10**9))
OFFSET = float(os.environ.get("OFFSET", 0))

def prediction(review):
    probability = int(hashlib.sha256(review.encode()).hexdigest()[:8], 16) / 2**32 + OFFSET
    sentiment = "positive" if probability > 0.5 else "negative"
    return {"sentiment": sentiment, "probability": probability, "rating": None, "tokens_read": len(review.split()),
            "tokens_total": len(review.split()), "unknown_share": 0.0, "flags": ""}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        reviews = [json.loads(line)["review"] for line in body.removesuffix("\\n").split("\\n")]
        for review in reviews:
            if review.startswith("status "):
                return self.reply(int(review.split()[1]), b"as you wish")
            if review.startswith("garbled "):
                return self.reply(200, b"\\xff")
        if len(reviews) > LONGEST:
            return self.reply(413, b"too many")
        if "sleep" in reviews and len(reviews) > 1:
            time.sleep(600)
        if "short" in reviews:
            reviews.pop()
        self.reply(200, "".join(json.dumps(prediction(each)) + "\\n" for each in reviews).encode())

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/jsonlines")
        self.send_header("Content-Length", str(len(body)))
        if os.environ["MODEL"] != "foreign":
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"model={MODEL}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""
INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def fingerprint_of(model: str) -> str:
    """Return the fingerprint of the model of that name."""
    return hashlib.sha256(model.encode()).hexdigest()


def probability_of(review: str) -> float:
    """Return the probability that every model here predicts for a review."""
    return int(hashlib.sha256(review.encode()).hexdigest()[:8], 16) / 2**32


def create_endpoint(name, models, capacity=None, **environment):
    """Start to create an endpoint whose variants A, B and so on have these models."""
    uri = upload_model(SERVER)
    sagemaker = boto3.client("sagemaker")
    variants = []
    for letter, model in zip("ABC", models, strict=False):
        create_model(f"{name}-{letter}", uri, MODEL=model, **environment)
        variant = {"VariantName": letter, "ModelName": f"{name}-{letter}", "InitialVariantWeight": 1.0}
        variants.append(variant | (capacity or INSTANCES))
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
