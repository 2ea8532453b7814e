"""Random rules and devices, made so that they often meet: for tests/host/policy-oracle and the lab."""

import struct

from policy_oracle import Device

CLASSES = (0x03, 0x03, 0x08, 0x09, 0x0b, 0x02, 0x0a, 0x06, 0xe0, 0xff)
SUBCLASSES = (0x00, 0x01, 0x06)
PROTOCOLS = (0x00, 0x01, 0x02, 0x50)
VENDORS = (0x0525, 0x1d6b, 0xfeed)
PRODUCTS = (0x0001, 0xa4a5, 0xbeef)
TEXTS = ("", "S1", "S 2", "端末-3", "a=b", "\"q\"", "x" * 126)
PORTS = ("1-1", "1-1.2", "2-3", "12-1.4.4")


def a_class(rng):
    """Class, subclass, protocol."""
    return rng.choice(CLASSES), rng.choice(SUBCLASSES), rng.choice(PROTOCOLS)


def a_pattern(rng):
    """A pattern that a class has a good chance to fit."""
    words = ["%02x" % code for code in a_class(rng)]
    return ":".join("*" if rng.random() < chance else rng.choice((word, word.upper()))
                    for word, chance in zip(words, (0.1, 0.6, 0.7)))


def some_patterns(rng):
    """One pattern or several."""
    return " ".join(a_pattern(rng) for _ in range(rng.choice((1, 1, 2, 3, 6))))


def a_rule(rng, name):
    """A section."""
    rule = {"name": name}
    values = {
        "MatchInterface": lambda: some_patterns(rng),
        "MatchEveryInterface": lambda: some_patterns(rng),
        "MatchVendor": lambda: "%04x" % rng.choice(VENDORS),
        "MatchProduct": lambda: "%04X" % rng.choice(PRODUCTS),
        "MatchSerial": lambda: rng.choice(TEXTS[1:]),
        "MatchManufacturer": lambda: rng.choice(TEXTS[1:]),
        "MatchName": lambda: rng.choice(TEXTS[1:]),
        "MatchPort": lambda: rng.choice(PORTS),
    }
    chances = (0.6, 0.35, 0.15, 0.15, 0.1, 0.05, 0.05, 0.1)
    for (key, value), chance in zip(values.items(), chances):
        if rng.random() < chance:
            rule[key] = value()
    if len(rule) == 1:
        rule[rng.choice(("MatchInterface", "MatchEveryInterface"))] = some_patterns(rng)
    rule["Access"] = rng.choice(("allow", "block"))
    return rule


def some_rules(rng):
    """Up to a dozen sections."""
    return [a_rule(rng, "rule %d" % number) for number in range(rng.choice((0, 1, 2, 4, 12)))]


def an_interface(rng, number, alternate=0):
    """An interface descriptor with what its driver asks for, now and then followed by what belongs to nothing."""
    code = a_class(rng)
    endpoints = int(code[0] in (3, 9) and number < 15)
    whole = bytes((9, 4, number, alternate, endpoints) + code + (0,))
    if code[0] == 3:
        whole += bytes((9, 0x21, 0x11, 1, 0, 1, 0x22, 23, 0))
    if endpoints:
        whole += bytes((7, 5, 0x81 + number, 3, 8, 0, 10))
    while rng.random() < 0.2:
        length = rng.randrange(2, 24)
        kind = rng.choice((0x21, 0x24, 0x25, 0xff)) if code[0] != 3 else 0xff
        whole += bytes((length, kind)) + rng.randbytes(length - 2)
    return whole


def a_configuration(rng, value):
    """A configuration as it ought to be."""
    body, number = b"", 0
    for number in range(rng.choice((1, 1, 1, 2, 2, 3, 5)) if rng.random() < 0.98 else rng.choice((0, 30))):
        body += an_interface(rng, number)
        for alternate in range(1, rng.choice((1, 1, 1, 2, 4))):
            body += an_interface(rng, number, alternate)
    return bytes((9, 2)) + struct.pack("<H", 9 + len(body)) + bytes((number + 1, value, 0, 0x80, 50)) + body


def cut_and_lie(rng, configuration):
    """A configuration that is not as it ought to be: lengths that lie, descriptors inside descriptors, a header of another
    configuration where it does not belong."""
    one = bytearray(configuration)
    what = rng.randrange(6)
    places = [0]
    while places[-1] + one[places[-1]] < len(one):
        places.append(places[-1] + one[places[-1]])
    place = rng.choice(places[1:] or places)
    if what == 0:		# promises more, or less, than it has
        struct.pack_into("<H", one, 2, max(0, len(one) + rng.randrange(-12, 40)))
    elif what == 1:		# ends here for the kernel
        one[place] = rng.choice((0, 1, 255))
    elif what == 2:		# a header in its midst
        one[place:place] = bytes((9, 2)) + struct.pack("<H", rng.randrange(9, 60)) + bytes((1, 1, 0, 0x80, 50))
        struct.pack_into("<H", one, 2, len(one))
    elif what == 3:		# an interface that is too short, or longer than usual
        one[place:place] = bytes((rng.choice((3, 8)), 4)) + rng.randbytes(6)
        struct.pack_into("<H", one, 2, len(one))
    elif what == 4:		# some byte
        one[rng.randrange(4, len(one))] = rng.randrange(256)
    else:			# too short at its end
        del one[rng.randrange(9, len(one) + 1):]
    return bytes(one)


def hidden(rng, count):
    """Configurations of which the first ends sooner than it promises, by as many bytes as hide what the second has: whoever
    believes the promise goes on in the midst of the second, where a header stands that was made for that."""
    shown = bytes((9, 4, 0, 0, 0, 3, 1, 1, 0))
    disk = bytes((9, 4, 0, 0, 2, 8, 6, 0x50, 0))
    cover = 2 + len(disk) + rng.choice((0, 4))
    fake = bytes((9, 2)) + struct.pack("<H", 9 + cover) + bytes((1, 2, 0, 0x80, 50)) + bytes((cover, 0xff))
    body = bytes((2 + len(fake), 0xff)) + fake + disk + bytes(cover - 2 - len(disk))
    second = bytes((9, 2)) + struct.pack("<H", 9 + len(body)) + bytes((1, 2, 0, 0x80, 50)) + body
    stop = bytes((rng.choice((0, 1)), 0))
    first = bytes((9, 2)) + struct.pack("<H", 9 + len(shown) + 9 + 2) + bytes((1, 1, 0, 0x80, 50)) + shown + stop + bytes(9)
    return [first, second][:count]


def a_device(rng, hostile=0.3):
    """A device; one of those that lie about themselves with that chance."""
    count = rng.choice((1, 1, 2, 2, 3, 8))
    configurations = [a_configuration(rng, value + 1) for value in range(count)]
    if rng.random() < hostile:
        if count > 1 and rng.random() < 0.5:
            configurations[:2] = hidden(rng, 2)
        else:
            place = rng.randrange(count)
            configurations[place] = cut_and_lie(rng, configurations[place])
    header = bytes((18, 1)) + struct.pack("<H", 0x200) + bytes(rng.choice(((0, 0, 0), (0xef, 2, 1), (9, 0, 0)))) + bytes((64,)) \
        + struct.pack("<HHH", rng.choice(VENDORS), rng.choice(PRODUCTS), 0x100) + bytes((1, 2, 3, count))
    texts = [rng.choice(TEXTS) for _ in range(3)]
    return Device(header, configurations, *texts, port=rng.choice(PORTS))
