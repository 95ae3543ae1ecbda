"""A model that is quick to serve, for tests of endpoints: an archive with a small server as its inference code."""

import boto3

from tests.localcloud.roles import make_role
from tests.support.archives import packed

BUCKET = "models"

# Returns the request, and acts on instructions in its body.
SERVER = """
import os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

flavour = os.environ.get("FLAVOUR", "plain")
if flavour == "broken":
    sys.exit("no model could be loaded")

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(503 if flavour == "sick" else 200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print("asked", len(body), flush=True)
        if body.startswith(b"status "):
            return self.reply(int(body.split()[1]), b"as you wish")
        if body == b"hang":
            time.sleep(600)
        if body == b"die":
            os._exit(1)
        self.reply(200, f"{flavour} {self.headers['Content-Type']}: ".encode() + body)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"model={flavour}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def upload_model(server=SERVER):
    """Upload a `model.tar.gz` whose `code/` is served; return its S3 address."""
    modules = {"__init__": "", "serving/__init__": "", "serving/__main__": server}
    archive = packed({f"code/sentiment/{name}.py": text for name, text in modules.items()})
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive)
    return f"s3://{BUCKET}/model.tar.gz"


def create_model(name, uri, **environment):
    boto3.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=make_role("serving"),
        PrimaryContainer={"Image": "review-sentiment", "ModelDataUrl": uri, "Environment": environment},
    )
