"""The kernel as QEMU loads it, without the compression that an emulated processor would take three seconds at each boot to
undo: the setup code of Debian's own vmlinuz, then the unpacked kernel where it runs, and before it what leads from one
to the other (Documentation/x86/boot.rst, 32-bit and 64-bit boot protocol)."""

import lzma
import struct

SECTOR = 512
LOADED = 0x100000	# where QEMU puts what follows the setup code
TABLES = LOADED + 0x1000	# page tables: the first GiB, each address its own
XZ = b"\xfd7zXZ\0"
PT_LOAD = 1
SETUP_SECTS, SYSSIZE, PAYLOAD_OFFSET = 0x1f1, 0x1f4, 0x248	# fields of the setup header
CODE_SEGMENT, DATA_SEGMENT = 0x10, 0x18	# __BOOT_CS, __BOOT_DS


def descriptors():
    """A null entry, an unused one, 64-bit code, data."""
    return struct.pack("<4Q", 0, 0, 0x00AF9A000000FFFF, 0x00CF92000000FFFF)


def start(entry):
    """32-bit code at LOADED: long mode, then the kernel's entry. ESI, the address of the boot parameters, stays."""
    table = LOADED + 0x80	# the descriptors, then their pointer
    code = b"\xfa\xfc"	# cli; cld
    code += b"\x0f\x01\x15" + struct.pack("<I", table + 32)	# lgdt
    code += b"\x0f\x20\xe0\x83\xc8\x20\x0f\x22\xe0"	# cr4 |= PAE
    code += b"\xb8" + struct.pack("<I", TABLES) + b"\x0f\x22\xd8"	# cr3 = TABLES
    code += b"\xb9\x80\x00\x00\xc0\x0f\x32\x0f\xba\xe8\x08\x0f\x30"	# EFER |= LME
    code += b"\x0f\x20\xc0\x0f\xba\xe8\x1f\x0f\x22\xc0"	# cr0 |= PG
    code += b"\xea" + struct.pack("<IH", LOADED + len(code) + 7, CODE_SEGMENT)	# a far jump to what follows
    code += b"\xb8" + struct.pack("<I", DATA_SEGMENT) + b"\x8e\xd8\x8e\xc0\x8e\xd0\x8e\xe0\x8e\xe8"
    code += b"\x89\xf6\xb8" + struct.pack("<I", entry) + b"\xff\xe0"	# the upper half of RSI is zero; jmp rax
    code = code.ljust(table - LOADED, b"\x90") + descriptors() + struct.pack("<HI", 31, table)
    return code.ljust(TABLES - LOADED, b"\0")


def tables():
    """Three levels, with pages of 2 MiB."""
    level4 = struct.pack("<Q", TABLES + 0x1000 | 3).ljust(0x1000, b"\0")
    level3 = struct.pack("<Q", TABLES + 0x2000 | 3).ljust(0x1000, b"\0")
    return level4 + level3 + b"".join(struct.pack("<Q", number << 21 | 0x83) for number in range(512))


def segments(elf):
    """Entry, and (physical address, content) of what is loaded."""
    entry, offset = struct.unpack_from("<QQ", elf, 24)
    size, count = struct.unpack_from("<HH", elf, 54)
    found = []
    for number in range(count):
        kind, _, start_at, _, physical, length, _, _ = struct.unpack_from("<IIQQQQQQ", elf, offset + number * size)
        if kind == PT_LOAD:
            found.append((physical, elf[start_at:start_at + length]))
    return entry, found


def unpacked(vmlinuz):
    """The same kernel, unpacked; as it is where it is packed in another way than Debian's."""
    setup = bytearray(vmlinuz[:(vmlinuz[SETUP_SECTS] + 1) * SECTOR])
    payload, length = struct.unpack_from("<II", setup, PAYLOAD_OFFSET)
    packed = vmlinuz[len(setup) + payload:len(setup) + payload + length]
    if not packed.startswith(XZ):
        return vmlinuz
    entry, parts = segments(lzma.LZMADecompressor().decompress(packed))
    image = bytearray(start(entry) + tables())
    for address, content in parts:
        image.extend(bytes(max(0, address - LOADED + len(content) - len(image))))
        image[address - LOADED:address - LOADED + len(content)] = content
    image.extend(bytes(-len(image) % 16))
    struct.pack_into("<I", setup, SYSSIZE, len(image) // 16)
    return bytes(setup + image)
