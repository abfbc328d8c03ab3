"""A thermostat behind Python's own web server: web_server.py PORT [CERTIFICATE KEY]"""

import base64
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

state = {"setpoint": 20.0, "fan": False}
LOGIN = "Basic " + base64.b64encode(b"lab:hunter2-and-more").decode()


class Thermostat(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_known(self):
        if self.headers.get("Authorization") == LOGIN:
            return True
        self.answer(401, "who are you?", "text/plain")

    def do_GET(self):
        if not self.is_known():
            return
        if self.path == "/api/state":
            self.answer(200, json.dumps({"air": [{"t": 21.5}], **state}))
        elif self.path == "/text":
            self.answer(200, "T=21.5 C; H=40.1 %\n", "text/plain")
        elif self.path.startswith("/fan?turn="):
            state["fan"] = self.path.endswith("=1")
            self.answer(200, "{}")
        else:
            self.answer(404, "nothing here", "text/plain")

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.is_known():
            state.update(json.loads(body))
            self.answer(200, "{}")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Thermostat)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[2:4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("listening", flush=True)
server.serve_forever()
