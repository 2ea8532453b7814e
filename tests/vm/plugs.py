"""Devices plugged into the running machine and taken away again."""

import os
import time

DRIVERS = {"storage": "usb-storage", "uas": "usb-uas", "kbd": "usb-kbd", "mouse": "usb-mouse",
           "tablet": "usb-tablet", "hub": "usb-hub", "ccid": "usb-ccid", "serial": "usb-serial",
           "net": "usb-net", "mtp": "usb-mtp", "audio": "usb-audio", "braille": "usb-braille",
           "bot": "usb-bot", "xhci": "qemu-xhci", "nvme": "nvme", "scsi": "virtio-scsi-pci"}
PCI = ("xhci", "nvme", "scsi")
BUSES = ("uas", "bot", "scsi")	# what disks hang on
MEDIA = BUSES + ("storage", "nvme")
ROOT_PORTS = 4
MARK = b"RESIDENTS"	# what a medium starts with where the test gives nothing else


class Plugs:
    """What is plugged in, by name."""

    def __init__(self, qmp, directory):
        self.qmp = qmp
        self.directory = directory
        self.present = {}	# name: what to undo, in order

    def plug(self, kind, name, content=MARK, size=8 << 20, image=None, behind=None, sink=None, second=False, **options):
        """Plugs in a device of one of DRIVERS' kinds.

        content, size, image: the medium of storage, uas, bot, nvme and scsi: bytes at its start and its size, or
        a file used as it is. second: with another disk, of uas and bot. behind: name of a hub that is plugged in. sink: a file for what goes out of a serial
        line, else nobody sees it. options go to QEMU: port=,
        serial=, bus= ..., for usb-net, usb-serial, usb-mtp as well as for storage."""
        undo = []
        if kind in MEDIA:
            node = self._medium(name, content, size, image)
            undo.append(("blockdev-del", {"node_name": node}))
            if kind not in BUSES:
                options["drive"] = node
        if kind == "nvme":
            options.setdefault("serial", name)
        if kind == "storage":
            options.setdefault("removable", True)
        if kind in ("serial", "braille"):
            chardev = name + "-line"
            self.qmp("chardev-add", id=chardev, backend={"type": "file", "data": {"out": sink}} if sink else {"type": "null", "data": {}})
            undo.append(("chardev-remove", {"id": chardev}))
            options["chardev"] = chardev
            if kind == "serial":
                options.setdefault("always-plugged", True)	# a null line never says that it is open
        if kind == "mtp" and "rootdir" not in options:
            options["rootdir"] = os.path.join(self.directory, name)
            os.mkdir(options["rootdir"])
            with open(os.path.join(options["rootdir"], "residents.txt"), "wb") as file:
                file.write(content)
        if kind == "audio":
            options.setdefault("audiodev", "silence")
        if kind in PCI and "bus" not in options:
            options["bus"] = self._free_root_port()
        elif behind:
            options["port"] = self._port_behind(behind)
            options.setdefault("bus", self.present[behind]["bus"])
        else:
            options.setdefault("bus", "xhci.0")
        try:
            self.qmp("device_add", dict(options, driver=DRIVERS[kind], id=name))
            undo.insert(0, ("device_del", {"id": name}))
            if kind in BUSES:
                self.qmp("device_add", driver="scsi-hd", id=name + "-lun", bus=name + ".0", drive=node, lun=0)
            if second:
                self._second(kind, name, undo)
            if kind in ("uas", "bot"):
                self.qmp("qom-set", path="/machine/peripheral/" + name, property="attached", value=True)
        except Exception:
            self._undo(name, undo)
            raise
        self.present[name] = {"kind": kind, "undo": undo, "bus": options["bus"], "port": options.get("port")}

    def _second(self, kind, name, undo):
        """A disk beside the first one of a stick."""
        node = self._medium(name + "-second", MARK, 8 << 20, None)
        undo.append(("blockdev-del", {"node_name": node}))
        self.qmp("device_add", driver="scsi-hd", id=name + "-second", bus=name + ".0", drive=node, lun=1)

    def unplug(self, name):
        """Takes a device away, and whatever hangs behind it if it is a hub."""
        plugged = self.present[name]
        for child in [other for other, its in self.present.items() if plugged["port"]
                      and its["bus"] == plugged["bus"] and (its["port"] or "").startswith(plugged["port"] + ".")]:
            if child in self.present:
                self.unplug(child)
        del self.present[name]
        self._undo(name, plugged["undo"])

    def unplug_all(self):
        """Takes everything away."""
        while self.present:
            self.unplug(next(iter(self.present)))

    def _undo(self, name, undo):
        for command, arguments in undo:
            if command == "device_del":
                self.qmp.events.clear()
            self.qmp(command, **arguments)
            if command == "device_del":
                self.qmp.wait_event("DEVICE_DELETED", 30, device=name)

    def _medium(self, name, content, size, image):
        path = image
        if not path:
            path = os.path.join(self.directory, name + ".img")
            with open(path, "wb") as file:
                file.write(content)
                file.truncate(size)
        node = "%s-%d" % (name, time.monotonic_ns() % 10 ** 9)
        self.qmp("blockdev-add", driver="raw", node_name=node, file={"driver": "file", "filename": path})
        return node

    def _free_root_port(self):
        used = [its["bus"] for its in self.present.values()]
        return next(port for port in ("rp%d" % n for n in range(ROOT_PORTS)) if port not in used)

    def _port_behind(self, hub):
        above = self.present[hub]["port"]
        if not above:
            raise ValueError("the hub '%s' was plugged in without port=" % hub)
        used = [its["port"] for its in self.present.values()]
        return next(port for port in ("%s.%d" % (above, n) for n in range(1, 9)) if port not in used)
