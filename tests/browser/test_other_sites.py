"""A page of another origin, open in the same browser, cannot reach the servers that run on this machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

# Every request that a page can try without the secret; each gives a status, or the reason why there is none.
ATTACK = """
async ([cloud, template]) => {
  const form = (text) => ({method: "POST", body: text, headers: {"Content-Type": "application/x-www-form-urlencoded"}});
  const credential = "Credential=local-cloud/20260101/us-east-1/cloudformation/aws4_request";
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  const stack = "Action=CreateStack&Version=2010-05-15&StackName=evil&TemplateBody=" + encodeURIComponent(template);
  const tries = {
    "form": [cloud, form(stack)],
    "blind form": [cloud, {...form(stack), mode: "no-cors"}],
    "signed form": [cloud, {...form(stack), headers: {...form("").headers, Authorization: authorization}}],
    "bucket": [cloud + "/evil", {method: "PUT"}],
    "blind file": [cloud + "/reviews/evil.txt", {method: "POST", body: "evil", mode: "no-cors"}],
    "reset": [cloud + "/moto-api/reset", {method: "POST", mode: "no-cors"}],
    "function": [cloud + "/2015-03-31/functions/evil/invocations", {method: "POST", body: "{}", mode: "no-cors"}],
    "published": [cloud + "/execute-api/evil/live/", {method: "GET"}],
    "read": [cloud + "/reviews/secret.txt", {}],
  };
  const told = {};
  for (const [name, [url, options]] of Object.entries(tries)) {
    try {
      const answer = await fetch(url, options);
      told[name] = answer.type === "opaque" ? "opaque" : answer.status;
    } catch (error) {
      told[name] = "refused";
    }
  }
  const frame = document.createElement("iframe");
  const target = document.createElement("form");
  frame.name = target.target = "frame";
  target.action = cloud, target.method = "POST";
  for (const [name, value] of new URLSearchParams(stack)) {
    const field = document.createElement("input");
    [field.name, field.value] = [name, value];
    target.append(field);
  }
  document.body.append(frame, target);
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  target.submit();
  await loaded;
  return told;
}
"""
TEMPLATE = '{"Resources": {"Evil": {"Type": "AWS::SNS::Topic"}}}'


@pytest.fixture
def other_site():
    """Return the address of a server with one empty page, which has another origin than the cloud."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Other</title>")

        def log_message(self, *_):
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_page_of_another_origin_can_neither_make_nor_read_anything(local_cloud, other_site, page, problems):
    s3, stacks = boto3.client("s3"), boto3.client("cloudformation")
    s3.create_bucket(Bucket="reviews")
    s3.put_object(Bucket="reviews", Key="secret.txt", Body=b"secret")
    page.goto(other_site)
    said = page.evaluate(ATTACK, [local_cloud.url, TEMPLATE])
    # Blind requests are sent and are refused with a response that the page cannot read.
    blind = {"blind form", "blind file", "reset", "function"}
    assert {name for name, what in said.items() if what == "opaque"} <= blind
    assert {what for name, what in said.items() if name not in blind} == {"refused"}
    assert stacks.describe_stacks()["Stacks"] == []
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["reviews"]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="reviews")["Contents"]] == ["secret.txt"]
    problems.clear()  # the browser logs refused requests to its console


def test_name_that_resolves_to_this_machine_is_no_way_in(local_cloud, chromium, problems):
    """To the browser, a page whose own name resolves to 127.0.0.1 has the cloud's origin."""
    port = local_cloud.url.rpartition(":")[2]
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(f"http://rebound.localhost:{port}/")  # a browser resolves every name below localhost itself
    assert answer.status == 403
    assert "no other web site" in page.inner_text("body")
    context.close()
