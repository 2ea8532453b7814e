"""USB devices that are programs of ours: QEMU's usb-redir asks us, by the protocol of usbredir, whatever the machine asks the
device, so that we are a device of any descriptors and any behaviour. (docs/usb-redirection-protocol.md of usbredir 0.13 has
the protocol.)"""

import os
import selectors
import socket
import struct
import threading

HELLO, CONNECT, DISCONNECT, RESET, INTERFACES, ENDPOINTS = range(6)
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION, SET_SETTING, GET_SETTING, SETTING = range(6, 12)
START_INTERRUPT, STOP_INTERRUPT, INTERRUPT = 15, 16, 17
CONTROL, BULK = 100, 101
HEADER = struct.Struct("<IIQ")
HEADER_OF_HELLO = struct.Struct("<III")
TRANSFER = struct.Struct("<BBHIH")	# of a bulk endpoint: its number, status, low half of the length, stream, high half
REQUEST = struct.Struct("<BBBBHHH")	# endpoint, request, its type, status, value, index, length
# connect_device_version, ep_info_max_packet_size, 64bits_ids, 32bits_bulk_length: the last three a must with xHCI.
CAPABILITIES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6
STALLED = 4
HIGH_SPEED = 2
INTERRUPTS = bytes([0] + [3] * 15) * 2	# what kind each endpoint is of, but for the first
BULKS = bytes([0] + [2] * 15) * 2
# Eight bits of modifiers: as small as a keyboard's report descriptor can be.
REPORT = bytes((5, 1, 9, 6, 0xa1, 1, 5, 7, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0, 0x25, 1, 0x75, 1, 0x95, 8, 0x81, 2, 0xc0))
HUB = bytes((9, 0x29, 1, 0, 0, 50, 0, 0, 0xff))


class Gadget:
    """What a device answers. header: 18 bytes; configurations: each whole; texts: its strings from number 1 on. Tests change it
    while it is plugged in. Its endpoints have nothing to say but the first; kinds: what kind they are of."""

    kinds = INTERRUPTS

    def __init__(self, header, configurations, texts=()):
        self.header = header
        self.configurations = configurations
        self.texts = list(texts)
        self.configured = 0
        self.asked = []		# each control request: (type, request, value, index, data)

    def descriptor(self, kind, number):
        """A descriptor's bytes; None: there is none."""
        if kind == 1:
            return self.header
        if kind == 2 and number < len(self.configurations):
            return self.configurations[number]
        if kind == 3 and number == 0:
            return bytes((4, 3, 9, 4))
        if kind == 3 and number <= len(self.texts) and self.texts[number - 1]:
            text = self.texts[number - 1].encode("utf-16-le")
            return bytes((2 + len(text), 3)) + text
        return {0x22: REPORT, 0x29: HUB}.get(kind)

    def control(self, kind, request, value, index, length, data):
        """The answer to a control request; None: refused."""
        self.asked.append((kind, request, value, index, data))
        if request == 6 and kind & 0x80:
            found = self.descriptor(value >> 8, value & 0xff)
            return found if found is None else found[:length]
        return bytes(min(length, 4)) if kind & 0x80 else b""

    def powered(self):
        """It is plugged in, or reset."""
        self.configured = 0

    def bulk_in(self, endpoint, length):
        """What a bulk endpoint has to say, at most so many bytes; None: it stalls."""

    def bulk_out(self, endpoint, data):
        """Takes what is sent to a bulk endpoint."""


class Port:
    """One usb-redir device of QEMU, to which gadgets are plugged one after the other."""

    def __init__(self, connection):
        self.connection = connection
        self.gadget = None
        self.received = b""
        self.greeted = threading.Event()
        self.sending = threading.Lock()
        self._send_raw(HEADER_OF_HELLO.pack(HELLO, 68, 0) + b"lab".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))

    def plug(self, gadget):
        """The machine sees it soon."""
        gadget.powered()
        self.gadget = gadget
        size = 64 if gadget.kinds == INTERRUPTS else 512
        self.send(ENDPOINTS, 0, gadget.kinds + bytes([0] + [8] * 15) * 2 + bytes(32) + struct.pack("<32H", *([64] + [size] * 15) * 2))
        self.send(INTERFACES, 0, struct.pack("<I", 1) + bytes(128))
        self.send(CONNECT, 0, bytes((HIGH_SPEED,)) + gadget.header[4:7] + gadget.header[8:14])

    def unplug(self):
        """The machine sees it soon."""
        self.gadget = None
        self.send(DISCONNECT, 0)

    def send(self, kind, identity, data=b""):
        """A packet to QEMU."""
        self._send_raw(HEADER.pack(kind, len(data), identity) + data)

    def _send_raw(self, data):
        with self.sending:
            self.connection.sendall(data)

    def receive(self):
        """Takes what came. False: the connection has ended."""
        data = self.connection.recv(65536)
        self.received += data
        while self._take_one():
            pass
        return bool(data)

    def _take_one(self):
        header = HEADER if self.greeted.is_set() else HEADER_OF_HELLO
        if len(self.received) < header.size:
            return False
        kind, length, identity = header.unpack_from(self.received)
        if len(self.received) < header.size + length:
            return False
        data = self.received[header.size:header.size + length]
        self.received = self.received[header.size + length:]
        if kind == HELLO:
            self.greeted.set()
        elif self.gadget:
            self._answer(self.gadget, kind, identity, data)
        return True

    def _answer(self, gadget, kind, identity, data):
        if kind == CONTROL:
            endpoint, request, what, _, value, index, length = REQUEST.unpack_from(data)
            answer = gadget.control(what, request, value, index, length, data[REQUEST.size:])
            status = STALLED if answer is None else 0
            answer = answer or b""
            done = len(answer) if what & 0x80 else length
            self.send(CONTROL, identity, REQUEST.pack(endpoint, request, what, status, value, index, done if status == 0 else 0)
                      + (answer if what & 0x80 else b""))
        elif kind == BULK:
            self._answer_bulk(gadget, identity, data)
        elif kind == RESET:
            gadget.powered()
        elif kind in (SET_CONFIGURATION, GET_CONFIGURATION):
            if kind == SET_CONFIGURATION:
                gadget.configured = data[0]
            self.send(CONFIGURATION, identity, bytes((0, gadget.configured)))
        elif kind in (SET_SETTING, GET_SETTING):
            self.send(SETTING, identity, bytes((0, data[0], data[1] if kind == SET_SETTING else 0)))
        elif kind in (START_INTERRUPT, STOP_INTERRUPT):
            self.send(INTERRUPT, identity, bytes((0, data[0])))

    def _answer_bulk(self, gadget, identity, data):
        endpoint, _, low, stream, high = TRANSFER.unpack_from(data)
        length, answer = high << 16 | low, b""
        if endpoint & 0x80:
            answer = gadget.bulk_in(endpoint, length)
            length = len(answer or b"")
        else:
            gadget.bulk_out(endpoint, data[TRANSFER.size:])
        self.send(BULK, identity, TRANSFER.pack(endpoint, STALLED if answer is None else 0, length & 0xffff, stream, length >> 16)
                  + (answer or b""))


class Ports:
    """The ports of a machine that are ours; buses: QEMU's names of the controllers, ports of each from the first one on."""

    def __init__(self, vm, buses, ports, first=1):
        self.list = []
        self.path = os.path.join(vm.machine.directory, "redirected")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.path)
        listening.listen()
        self.selector = selectors.DefaultSelector()
        for number, bus in enumerate(bus for bus in buses for _ in range(ports)):
            name = "redirected%d" % number
            vm.qmp("chardev-add", id=name, backend={"type": "socket", "data": {
                "addr": {"type": "unix", "data": {"path": self.path}}, "server": False}})
            connection, _ = listening.accept()
            vm.qmp("device_add", driver="usb-redir", id=name, chardev=name, bus=bus, port=str(number % ports + first))
            port = Port(connection)
            self.selector.register(connection, selectors.EVENT_READ, port)
            self.list.append(port)
        listening.close()
        threading.Thread(target=self._serve, daemon=True).start()
        for port in self.list:
            if not port.greeted.wait(30):
                raise TimeoutError("QEMU's usb-redir said no hello")

    def _serve(self):
        while self.selector.get_map():
            for key, _ in self.selector.select():
                try:
                    alive = key.data.receive()
                except OSError:
                    alive = False
                if not alive:
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
