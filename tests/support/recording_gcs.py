"""Who does what at Google: stands between Mere and a GcsService on loopback, hands out access tokens to service
accounts, and keeps which account each request was made as.
"""

import base64
import http.client
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

KEY = Path(__file__).resolve().parents[1] / "data" / "gcs" / "test_key.pem"


class Done(NamedTuple):
    account: str  # "": nobody's
    method: str
    name: str  # of the object, or of the folder that is listed


class RecordingGcs:
    def __init__(self, service: str) -> None:
        self.done: list[Done] = []
        recorder, target = self, urllib.parse.urlsplit(service).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/token":
                    return self._reply(200, {"Content-Type": "application/json"}, recorder._token(body))
                recorder._record(self.command, self.path, self.headers.get("Authorization") or "", body)
                connection = http.client.HTTPConnection(target, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                kept = {name: value for name, value in answer.getheaders()
                        if name.lower() not in ("content-length", "transfer-encoding", "connection")}
                if self.command == "HEAD":
                    kept["Content-Length"] = answer.getheader("Content-Length") or "0"
                self._reply(answer.status, kept, answer.read())
                connection.close()

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> "RecordingGcs":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def write_account(self, file: Path, email: str) -> Path:
        """A key of a service account, as Google gives it out."""
        file.write_text(json.dumps({"type": "service_account", "client_email": email, "private_key_id": "k",
                                    "private_key": KEY.read_text(), "token_uri": f"{self.endpoint}/token"}))
        return file

    @staticmethod
    def _token(form: bytes) -> bytes:
        claims = urllib.parse.parse_qs(form.decode())["assertion"][0].split(".")[1]
        email = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"]
        return json.dumps({"access_token": f"of {email}", "expires_in": 3600}).encode()

    def _record(self, method: str, target: str, authorization: str, body: bytes) -> None:
        path, _, query = target.partition("?")
        named = re.search(rb'"name"\s*:\s*"([^"]*)"', body[:2000]) if path.startswith("/upload/") else None
        if named:
            name = named[1].decode()
        elif path.endswith("/o"):
            name = urllib.parse.parse_qs(query).get("prefix", [""])[0]
        else:
            name = urllib.parse.unquote(path.split("/o/", 1)[-1]).lstrip("/")
        self.done.append(Done(authorization.removeprefix("Bearer of "), method, name))
