#!/usr/bin/env python3
"""A collector that lies: lying_collector.py PORT CERTIFICATE KEY AUTHORITY MODE TIMES FILE. It misbehaves on its first
TIMES connections as MODE says, then keeps to the protocol. What it answered with 200 it has written to FILE first."""

import re
import socket
import ssl
import struct
import sys
import time

OFFER = b"200 OK\nrelp_version=0\nrelp_software=liar\ncommands=syslog"


class Gone(Exception):
    """The client left."""


class Client:
    """One connection: frames in, bytes out."""

    def __init__(self, connection):
        self.connection = connection
        self.pending = b""

    def more(self):
        data = self.connection.recv(65536)
        if not data:
            raise Gone
        self.pending += data

    def linger(self):
        """Until the client leaves: an end of ours before it has read what was said might take that from it."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self.connection.settimeout(max(0.1, until - time.monotonic()))
            self.more()

    def frame(self):
        """The next frame: transaction number, command, data."""
        while True:
            head = self.pending.split(b" ", 3)
            if len(head) > 2 and (len(head) > 3 or b"\n" in head[2]):
                length = int(head[2].split(b"\n")[0])
                start = len(b" ".join(head[:2])) + 1 + len(str(length)) + (1 if length else 0)
                if len(self.pending) > start + length:
                    data = self.pending[start:start + length]
                    self.pending = self.pending[start + length + 1:]
                    return int(head[0]), head[1].decode(), data
            self.more()

    def say(self, txnr, data, command=b"rsp"):
        self.connection.sendall(b"%d %s %d%s%s\n" % (txnr, command, len(data), b" " if data else b"", data))


def honest(client, store, answered=0, minded=None, last=999999999):
    """Keeps to the protocol until the client leaves; after so many answers, if any, it stops. One event may be minded. Numbers
    come one after the other, and after the last one the first."""
    before = 0
    while True:
        txnr, command, data = client.frame()
        if txnr != before % last + 1:
            print("BAD: %d after %d" % (txnr, before), flush=True)
            return
        before = txnr
        if command == "open":
            client.say(txnr, OFFER)
        elif command == "close":
            client.say(txnr, b"")
            client.say(0, b"", b"serverclose")
            return
        elif minded and minded in data:
            client.say(txnr, b"500 not this one")
        else:
            store.write(data + b"\n")
            store.flush()
            client.say(txnr, b"200 OK")
            answered -= 1
            if answered == 0:
                return


def refuse(client, _store):
    while True:
        txnr, command, _ = client.frame()
        client.say(txnr, OFFER if command == "open" else b"500 no room\x1b[31m")


def wraps(client, store):
    """For a client that has fewer numbers."""
    honest(client, store, last=300)


def picky(client, store):
    honest(client, store, minded=b' n="7" ')


class Forgetful:
    """A store that has three events nowhere."""

    def __init__(self, store):
        self.store = store

    def write(self, data):
        if not re.search(rb' n="[789]" ', data):
            self.store.write(data)

    def flush(self):
        self.store.flush()


def forget(client, store):
    honest(client, Forgetful(store))


def wrong_order(client, _store):
    txnr, _, _ = client.frame()
    client.say(txnr, OFFER)
    client.frame()
    client.say(client.frame()[0], b"200 OK")
    client.linger()


def half(client, store):
    honest(client, store, 3)
    client.frame()
    client.connection.sendall(b"5 rsp 6 200 ")


def stall(client, store):
    honest(client, store, 3)
    while True:
        client.more()


def early(client, store):
    honest(client, store, 3)


def at_once(_client, _store):
    pass


def garbage(client, _store):
    client.frame()
    client.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    client.linger()


def huge(client, _store):
    client.frame()
    client.connection.sendall(b"1 rsp 999999999 " + b"x" * 100000)
    client.linger()


def no_syslog(client, _store):
    client.say(client.frame()[0], b"200 OK\nrelp_version=0\ncommands=eventlog")
    client.linger()


def silent(client, _store):
    while True:
        client.more()


def closing(client, store):
    honest(client, store, 3)
    client.say(0, b"", b"serverclose")
    client.linger()


def reset(client, store):
    honest(client, store, 3)
    client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


MODES = {function.__name__.replace("_", "-"): function for function in (
    honest, wraps, refuse, picky, forget, wrong_order, half, stall, early, at_once, garbage, huge, no_syslog, silent, closing, reset)}


def main():
    port, certificate, key, authority, mode, times, path = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    lies = int(times)
    with socket.create_server(("127.0.0.1", int(port))) as server, open(path, "ab") as store:
        while True:
            raw, _ = server.accept()
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    lies -= 1
                    (MODES[mode] if lies >= 0 else honest)(Client(connection), store)
            except (OSError, Gone) as error:
                print(error, flush=True)


main()
