"""Microsoft Entra ID for tests: gives access tokens to who proves what it is, as the login service and as the
identity endpoint of an App Service do. Azurite reads the tokens but checks no signature.
"""

import base64
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-000000000000"
SECRET, ASSERTION, HEADER = "the secret / of +tests", "the.cluster's.token", "the header"


def _base64url(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _token() -> str:
    now = int(time.time())
    claims = {"aud": "https://storage.azure.com", "iss": f"https://sts.windows.net/{TENANT}/", "iat": now - 60,
              "nbf": now - 60, "exp": now + 3600, "oid": CLIENT, "tid": TENANT}
    return f"{_base64url({'alg': 'none', 'typ': 'JWT'})}.{_base64url(claims)}.c2lnbmVk"


class Entra:
    def __init__(self, lives_seconds: int = 3600) -> None:
        """What it says of a token's life; it is good for an hour."""
        self.lives_seconds = lives_seconds
        self.given: list[str] = []  # to whom: "secret", "assertion", "identity"
        entra = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in urllib.parse.parse_qs(body).items()}
                if self.path != f"/{TENANT}/oauth2/v2.0/token" or form.get("client_id") != CLIENT or \
                        form.get("scope") != "https://storage.azure.com/.default" or \
                        form.get("grant_type") != "client_credentials":
                    return self._refuse()
                if form.get("client_secret") == SECRET:
                    return self._give("secret")
                if form.get("client_assertion") == ASSERTION:
                    return self._give("assertion")
                self._refuse()

            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                query = urllib.parse.parse_qs(url.query)
                if url.path == "/identity" and self.headers["X-IDENTITY-HEADER"] == HEADER and \
                        query.get("resource") == ["https://storage.azure.com/"]:
                    return self._give("identity")
                self._refuse()

            def _give(self, proof: str) -> None:
                entra.given.append(proof)
                self._reply(200, {"token_type": "Bearer", "expires_in": entra.lives_seconds,
                                  "access_token": _token()})

            def _refuse(self) -> None:
                self._reply(401, {"error": "invalid_client", "error_description": "This is no client of ours."})

            def _reply(self, status: int, answer: dict) -> None:
                body = json.dumps(answer).encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> "Entra":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
