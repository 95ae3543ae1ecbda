"""A server that responds like a published API, for tests of its callers."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sentiment.prediction import Prediction, fields


class Server:
    """Returns for each review a prediction that depends on its length; `next` are statuses for the next calls."""

    def __init__(self):
        self.next, self.asked, self.model, self.most, self.busy = deque(), [], "a" * 64, 0, 0
        lock, owner = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with lock:
                    owner.asked.append(body)
                    owner.busy += 1
                    owner.most = max(owner.most, owner.busy)
                    status, said = owner.next.popleft() if owner.next else (200, None)
                prediction = Prediction("positive", 0.75, None, len(body), len(body), 0.0)
                content = json.dumps(fields(prediction) if said is None else said).encode()
                with lock:
                    owner.busy -= 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("X-Model", owner.model)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/live"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
