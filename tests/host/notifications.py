#!/usr/bin/python3
"""Stands in for a desktop's notification server on the session bus: writes each notification as a line of JSON."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Server(dbus.service.Object):
    """What is told on standard output is what a person would see."""

    @dbus.service.method(NAME, in_signature="", out_signature="as")
    def GetCapabilities(self):
        return ["body", "body-markup"]

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, program, _replaces, _icon, summary, body, _actions, hints, timeout):
        print(json.dumps({"program": str(program), "summary": str(summary), "body": str(body),
                          "urgency": int(hints["urgency"]), "ms": int(timeout)}), flush=True)
        return 1


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
server = Server(bus, "/org/freedesktop/Notifications")
print("ready", flush=True)
try:
    GLib.MainLoop().run()
except KeyboardInterrupt:
    sys.exit(0)
