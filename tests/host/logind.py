#!/usr/bin/python3
"""Stands in for logind on a bus of its own: its sessions are what standard input says, a line of JSON each; what it is
asked to do is told on standard output. Those of its arguments are there from the beginning, as after logind's restart."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.login1"
sessions = {}


class Session(dbus.service.Object):
    """A session's properties."""

    def __init__(self, name, facts):
        self.path = "/org/freedesktop/login1/session/_3" + name
        self.facts = facts
        dbus.service.Object.__init__(self, bus, self.path)

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        facts = self.facts
        return {"Name": facts["user"], "Service": facts["service"], "TTY": facts["tty"], "Type": facts["type"],
                "Class": "user", "State": facts["state"], "Leader": dbus.UInt32(facts["leader"]),
                "TimestampMonotonic": dbus.UInt64(facts["since_us"]), "Remote": dbus.Boolean(facts.get("remote", False)),
                "LockedHint": dbus.Boolean(facts["locked"]), "Seat": dbus.Struct(("seat0", dbus.ObjectPath("/")), signature="so")}

    @dbus.service.signal("org.freedesktop.DBus.Properties", signature="sa{sv}as")
    def PropertiesChanged(self, _interface, _changed, _gone):
        """As logind tells it."""


class Manager(dbus.service.Object):
    """What is called here is what sekisho-lock asks for."""

    @dbus.service.method(NAME + ".Manager", in_signature="", out_signature="a(susso)")
    def ListSessions(self):
        return dbus.Array([(name, dbus.UInt32(1000), session.facts["user"], "", dbus.ObjectPath(session.path))
                           for name, session in sessions.items()], signature="(susso)")

    def carry_out(self, method, name):
        if name not in sessions:
            raise dbus.DBusException("No session '%s' known" % name, name=NAME + ".NoSuchSession")
        print(method, name, flush=True)
        facts = sessions[name].facts
        if method == "LockSession" and facts["obeys"]:
            take({"session": name, "locked": True})
        if method == "TerminateSession":
            take({"session": name, "state": "closing"})

    @dbus.service.method(NAME + ".Manager", in_signature="s", out_signature="")
    def LockSession(self, name):
        self.carry_out("LockSession", str(name))

    @dbus.service.method(NAME + ".Manager", in_signature="s", out_signature="")
    def TerminateSession(self, name):
        self.carry_out("TerminateSession", str(name))

    @dbus.service.signal(NAME + ".Manager", signature="so")
    def SessionNew(self, _name, _path):
        """As logind tells it."""


def take(line):
    """A session that is new, or what changed of one."""
    name = line.pop("session")
    if name not in sessions:
        sessions[name] = Session(name, {"tty": "tty2", "type": "wayland", "state": "active", "locked": False, "obeys": True, **line})
        manager.SessionNew(name, sessions[name].path)
        return
    sessions[name].facts.update(line)
    sessions[name].PropertiesChanged(NAME + ".Session", {}, ["LockedHint"])


def on_input(stream, _condition):
    line = stream.readline()
    if not line:
        loop.quit()
        return False
    take(json.loads(line))
    print("taken", flush=True)
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
manager = Manager(bus, "/org/freedesktop/login1")
for argument in sys.argv[1:]:
    take(json.loads(argument))
owned = dbus.service.BusName(NAME, bus)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_input)
print("ready", flush=True)
loop.run()
