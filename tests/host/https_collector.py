#!/usr/bin/env python3
"""A collector over HTTPS: https_collector.py PORT CERTIFICATE KEY AUTHORITY MODE TIMES FILE. It answers its first TIMES
requests as MODE says, then as it should; a certificate of another name than a terminal's gets 403. What it answered with 2xx it
has checked and written to FILE first."""

import hashlib
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

PORT, CERTIFICATE, KEY, AUTHORITY, MODE, TIMES, FILE = sys.argv[1:]
lock = threading.Lock()
left = int(TIMES)
not_before = 0.0


def say(text):
    print(text, flush=True)


def events_of(body):
    """The events' bytes, once each line is what sekisho-forward(8) says."""
    assert body.endswith(b"\n")
    events = []
    for line in body.decode("ascii").splitlines():
        facts = json.loads(line)
        assert list(facts) == ["h", "e", "n", "x", "event"], line
        event = facts["event"].encode("ascii")
        assert hashlib.sha256(event).hexdigest() == facts["x"], line
        assert json.loads(event)["seq"] == facts["n"], line
        events.append(event)
    return events


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def keep(self, body, status=200):
        events = events_of(body)
        with lock, open(FILE, "ab") as store:
            store.write(b"".join(event + b"\n" for event in events))
            store.flush()
            os.fsync(store.fileno())
        self.answer(status)

    def name(self):
        """The client's, as its certificate has it."""
        return dict(self.connection.getpeercert()["subjectAltName"])["DNS"]

    def do_POST(self):
        global left
        if self.path != "/sekisho/in?a=b" or self.headers["Content-Type"] != "application/x-ndjson" or \
                self.headers["Authorization"] or self.headers["Expect"]:
            say(f"BAD request {self.path} {self.headers}")
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # its sender was killed while it wrote
            self.close_connection = True
            return
        if not self.name().endswith(".terminal.sekisho.internal"):
            self.answer(403, b"not for a certificate of " + self.name().encode("ascii"))
            return
        if time.monotonic() < not_before:
            say("TOO EARLY")
        mode = getattr(self, MODE.replace("-", "_"))
        with lock:
            left -= 1
            lie = left >= 0
        if not lie or mode(body):
            self.keep(body)

    # Each mode answers, or returns True: as it should.
    def honest(self, _body):
        return True

    def created(self, body):
        self.keep(body, 201)

    def unavailable(self, _body):
        self.answer(503, b"not \x1b[31m now")

    def too_many(self, _body):
        self.answer(429)

    def request_timeout(self, _body):
        self.answer(408)

    def retry_after(self, _body):
        global not_before
        not_before = time.monotonic() + 2.9
        self.answer(503, Retry_After="3")

    def retry_after_ages(self, _body):
        self.answer(503, Retry_After="4000000000")

    def refuse(self, _body):
        self.answer(403, b"not you")

    def picky(self, body):
        global left
        if b'"n":7,' in body:
            self.answer(422, b"not \x1b[31mthis one")
            return False
        left += 1
        return True

    def picky_run(self, body):
        global left
        if any(b'"n":%d,' % number in body for number in range(20, 25)):
            self.answer(422, b"none of these")
            return False
        left += 1
        return True

    def small(self, body):
        if len(body) > 10000:
            self.answer(413, b"too much")
            return False
        return True

    def redirect(self, _body):
        self.answer(307, Location=f"https://localhost:{PORT}/elsewhere")

    def stall(self, _body):
        time.sleep(5)
        self.close_connection = True

    def slow(self, body):
        """Honest, and so slow that a whole batch does not come within the time for an answer."""
        time.sleep(0.03 * body.count(b"\n"))
        return True

    def half(self, _body):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    def half_status(self, _body):
        self.raw(b"HTTP/1.1 2")

    def silent_end(self, _body):
        self.close_connection = True

    def garbage(self, _body):
        self.raw(b"1 rsp 6 200 OK\n")

    def huge(self, _body):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10000000)

    def reset(self, _body):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def take_off_torn_end():
    """A process killed while it wrote may have left a part of it, up to the end of a page: nobody was told that it is there."""
    if os.path.exists(FILE):
        with open(FILE, "rb+") as store:
            store.truncate(store.read().rfind(b"\n") + 1)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def finish_request(self, request, client_address):
        with context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        say(f"{'BAD ' if isinstance(error, (AssertionError, LookupError, ValueError)) else ''}{error!r}")


take_off_torn_end()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
context.load_verify_locations(AUTHORITY)
context.verify_mode = ssl.CERT_REQUIRED
Server(("127.0.0.1", int(PORT)), Handler).serve_forever()
