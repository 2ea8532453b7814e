"""What sekisho-devices.conf(5) says of a device, written from the manual and the USB specification alone: a second opinion
for `tests/host/policy-oracle` and the lab. Nothing here is fast, and nothing is shared with the agent.

Rules are dictionaries {"name": ..., "Access": ..., "MatchVendor": ...}; a device is a Device, below, as its makers built it:
what of it the kernel keeps is told by `as_kernel_keeps`."""

import struct

INTERFACES_MAX = 64
KERNEL_CONFIGURATIONS = 8	# drivers/usb/core/config.c, USB_MAXCONFIG


class Device:
    """A device as it answers: the device descriptor's 18 bytes, each configuration whole, its strings and its port. passed:
    the code that the screen showed was typed on it. clone: another one with its vendor, product and serial was there before it."""

    passed = False
    clone = False

    def __init__(self, header, configurations, manufacturer="", product="", serial="", port="1-1"):
        self.header = header
        self.configurations = configurations
        self.manufacturer = manufacturer
        self.product = product
        self.serial = serial
        self.port = port

    @property
    def vendor_id(self):
        """idVendor."""
        return struct.unpack_from("<H", self.header, 8)[0]

    @property
    def product_id(self):
        """idProduct."""
        return struct.unpack_from("<H", self.header, 10)[0]


def walk(configuration):
    """The descriptors behind a configuration's header, as (place, bytes), up to where they make no sense; then (place, None),
    unless they end where the configuration does."""
    at = configuration[0]
    while at < len(configuration):
        length = configuration[at]
        if length < 2 or at + length > len(configuration):
            yield at, None
            return
        yield at, configuration[at:at + length]
        at += length


def is_well_formed(device):
    """As USB 2.0, chapter 9.6, has it: each length is right, and nothing stands where it does not belong."""
    if len(device.header) != 18 or device.header[0] != 18 or device.header[1] != 1:
        return False
    if not 1 <= device.header[17] == len(device.configurations) <= KERNEL_CONFIGURATIONS:
        return False
    for one in device.configurations:
        if len(one) < 9 or one[0] != 9 or one[1] != 2 or struct.unpack_from("<H", one, 2)[0] != len(one):
            return False
        for _, descriptor in walk(one):
            if descriptor is None or descriptor[1] in (1, 2) or (descriptor[1] == 4 and len(descriptor) < 9):
                return False
    return True


def as_kernel_keeps(device):
    """The file `descriptors` in sysfs: each configuration up to where its descriptors make no sense (drivers/usb/core/config.c,
    usb_parse_configuration, sets wTotalLength to that; sysfs.c, read_descriptors, shows that many bytes of what the device
    sent). None where the kernel does not take the device at all."""
    kept = bytes(device.header)
    if not device.configurations or device.header[17] < 1:
        return None
    for one in device.configurations[:min(device.header[17], KERNEL_CONFIGURATIONS)]:
        promised = max(struct.unpack_from("<H", one, 2)[0], 9) if len(one) >= 9 else 0
        one = one[:promised]
        if len(one) < 9 or one[0] < 9 or one[0] > len(one) or one[1] != 2:
            return None
        kept += one[:next((at for at, descriptor in walk(one) if descriptor is None), len(one))]
    return kept


def interfaces(device):
    """(class, subclass, protocol) of each interface of each configuration and setting, as the kernel finds them."""
    found = []
    for one in device.configurations[:min(device.header[17], KERNEL_CONFIGURATIONS)]:
        promised = max(struct.unpack_from("<H", one, 2)[0], 9)
        for _, descriptor in walk(one[:promised]):
            if descriptor is not None and descriptor[1] == 4 and len(descriptor) >= 9:
                found.append(tuple(descriptor[5:8]))
    return found


def fits_pattern(pattern, interface):
    """CC:SS:PP, each two hexadecimal digits or *."""
    return all(word == "*" or int(word, 16) == code for word, code in zip(pattern.split(":"), interface))


def fits_one_of(patterns, interface):
    """One of the patterns has to fit."""
    return any(fits_pattern(pattern, interface) for pattern in patterns.split())


def fits(rule, device, interface):
    """Every Match line of the section fits."""
    every = interfaces(device) + [interface]
    tests = {
        "MatchInterface": lambda value: fits_one_of(value, interface),
        "MatchEveryInterface": lambda value: all(fits_one_of(value, other) for other in every),
        "MatchVendor": lambda value: int(value, 16) == device.vendor_id,
        "MatchProduct": lambda value: int(value, 16) == device.product_id,
        "MatchSerial": lambda value: value == device.serial,
        "MatchManufacturer": lambda value: value == device.manufacturer,
        "MatchName": lambda value: value == device.product,
        "MatchPort": lambda value: value == device.port,
    }
    return all(test(rule[key]) for key, test in tests.items() if key in rule)


def decide(rules, device, interface):
    """The first section that fits decides: (allowed, its name or None)."""
    for rule in rules:
        if fits(rule, device, interface):
            if device.clone and "MatchSerial" in rule:
                return False, rule["name"]
            return rule["Access"] == "allow" or (rule["Access"] == "challenge" and device.passed), rule["name"]
    return False, None


def judge(rules, device):
    """Whether the device is authorized: one allowed interface is enough. Malformed, without an interface or with too many: no."""
    found = interfaces(device)
    if not is_well_formed(device) or not 1 <= len(found) <= INTERFACES_MAX:
        return False
    return any(decide(rules, device, interface)[0] for interface in found)


def written(rules):
    """The rules as a file."""
    text = ""
    for rule in rules:
        text += "[Device %s]\n" % rule["name"]
        text += "".join("%s=%s\n" % (key, value) for key, value in rule.items() if key != "name") + "\n"
    return text
