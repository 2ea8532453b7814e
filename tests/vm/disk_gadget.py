"""USB sticks that are programs of ours: their descriptors may lie, what is written to them is seen here. (USB Mass Storage Class,
Bulk-Only Transport 1.0; SCSI Block Commands.)"""

import struct

from redirected import BULKS, Gadget

BLOCK = 512
WRAPPER = struct.Struct("<4sIIBBB16s")	# of a command: signature, tag, bytes to move, direction, unit, length, command
STATUS = struct.Struct("<4sIIB")
READ, WRITE, SYNCHRONIZE, READY, PREVENT = 0x28, 0x2a, 0x35, 0x00, 0x1e


class Sink(Gadget):
    """Keeps what is sent to it, to any endpoint."""

    kinds = BULKS

    def __init__(self, *about):
        super().__init__(*about)
        self.sent = bytearray()

    def taken(self):
        """All bytes that its endpoints were sent, but the first."""
        return bytes(self.sent)

    def bulk_in(self, endpoint, length):
        """Nothing but zeros."""
        return bytes(min(length, 12))

    def bulk_out(self, endpoint, data):
        """Kept."""
        self.sent += data


class Disk(Sink):
    """A stick with this medium."""

    def __init__(self, header, configurations, texts, medium):
        super().__init__(header, configurations, texts)
        self.medium = bytearray(medium)
        self.answers = []	# what the endpoint in has to say
        self.writing = None	# where what comes next belongs, and what status ends it

    def taken(self):
        """The medium. What the first endpoint is sent needs no stick."""
        return bytes(self.medium)

    def powered(self):
        """What it was about to say, or to be sent, when it was pulled out is nothing that it is asked for now."""
        super().powered()
        self.answers, self.writing = [], None

    def control(self, kind, request, value, index, length, data):
        """Bulk-Only Mass Storage Reset: ready for the next command."""
        if (kind, request) == (0x21, 0xff):
            self.answers, self.writing = [], None
        return super().control(kind, request, value, index, length, data)

    def bulk_in(self, endpoint, length):
        """The next part of an answer."""
        if not self.answers:
            return b""
        answer = self.answers.pop(0)
        if len(answer) > length:
            self.answers.insert(0, answer[length:])
        return answer[:length]

    def bulk_out(self, endpoint, data):
        """A command, or the blocks of one that writes."""
        if self.writing:
            at, left, status = self.writing
            self.medium[at:at + len(data)] = data
            self.writing = (at + len(data), left - len(data), status) if left > len(data) else None
            if not self.writing:
                self.answers.append(status)
        elif len(data) == 31 and data[:4] == b"USBC":
            self._command(*WRAPPER.unpack(data)[1:4], data[15:])

    def _command(self, tag, size, direction, command):
        done = STATUS.pack(b"USBS", tag, 0, 0)
        block, count = struct.unpack_from(">IxH", command, 2) if command[0] in (READ, WRITE) else (0, 0)
        if command[0] == WRITE:
            self.writing = (block * BLOCK, size, done)
        elif direction & 0x80 and size:
            answer = self._says(command[0], block, count)
            self.answers += [b"" if answer is None else answer[:size],
                             done if answer is not None else STATUS.pack(b"USBS", tag, size, 1)]
        else:
            self.answers.append(done if command[0] in (READY, PREVENT, SYNCHRONIZE) else STATUS.pack(b"USBS", tag, size, 1))

    def _says(self, command, block, count):
        if command == READ:
            return bytes(self.medium[block * BLOCK:(block + count) * BLOCK])
        return {0x12: bytes((0, 0x80, 4, 2, 31, 0, 0, 0)) + b"LAB     " + b"DISK GADGET     " + b"1   ",
                0x25: struct.pack(">II", len(self.medium) // BLOCK - 1, BLOCK),
                0x1a: bytes((3, 0, 0, 0)), 0x03: bytes((0x70, 0, 5, 0, 0, 0, 0, 10)) + bytes(4) + b"\x20" + bytes(5)}.get(command)
