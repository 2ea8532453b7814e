#!/usr/bin/env python3
"""A stand-in for OpenSearch, which Debian does not have: bulk_standin.py PORT CERTIFICATE KEY AUTHORITY MODE FILE. It is no
OpenSearch and shows nothing of one: it takes POST /_bulk as the documentation of the bulk interface has it, minds what that
would mind, and keeps documents by their id in FILE, one {"id", "document"} a line. MODE, for its first four requests: "good";
"busy" refuses whole requests, with 429 and 503 in turn; "picky" each third document, with 429 and 400 in turn."""

import http.server
import json
import ssl
import sys

PORT, CERTIFICATE, KEY, AUTHORITY, MODE, FILE = sys.argv[1:]
left = 0 if MODE == "good" else 4
number = 0


def items_of(body):
    """The action and document of each pair of lines."""
    lines = body.decode("utf-8").split("\n")
    assert lines[-1] == "" and len(lines) % 2 == 1, "the last line has no end"
    for action, document in zip(lines[0:-1:2], lines[1:-1:2]):
        action, document = json.loads(action), json.loads(document)
        assert list(action) == ["index"] and set(action["index"]) == {"_index", "_id"}, action
        assert 0 < len(action["index"]["_id"]) <= 512, action
        yield action["index"], document


def answer(item, status):
    said = {"_index": item["_index"], "_id": item["_id"], "status": status}
    if status == 429:
        said["error"] = {"type": "rejected_execution_exception", "reason": "the stand-in is full"}
    elif status == 400:
        said["error"] = {"type": "mapper_parsing_exception", "reason": "the stand-in minds it"}
    else:
        said["result"] = "created"
    return {"index": said}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, said):
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):  # rsyslog asks whether anybody is there
        self.reply(200, {})

    do_GET = do_HEAD

    def do_POST(self):
        global left, number
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path.split("?")[0] == "/_bulk", self.path
        bad, left = left > 0, max(0, left - 1)
        if bad and MODE == "busy":
            status = 429 if left % 2 else 503
            self.reply(status, {"error": {"type": "rejected_execution_exception"}, "status": status})
            return
        answers = []
        with open(FILE, "a", encoding="ascii") as file:
            for item, document in items_of(body):
                number += 1
                status = 201
                if bad and number % 3 == 0:
                    status = 429 if number % 2 else 400
                else:
                    file.write(json.dumps({"id": item["_id"], "document": document}) + "\n")
                answers.append(answer(item, status))
        self.reply(200, {"took": 1, "errors": bad, "items": answers})

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
context.load_verify_locations(AUTHORITY)
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
