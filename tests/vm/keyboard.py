"""Typing on the machine's keyboard, and reading its text screen."""

import os
import time

NAMES = {" ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", "[": "bracket_left",
         "]": "bracket_right", ";": "semicolon", "'": "apostrophe", "`": "grave_accent",
         "\\": "backslash", ",": "comma", ".": "dot", "/": "slash"}
SHIFTED = dict(zip('_+{}:"~|<>?!@#$%^&*()', "-=[];'`\\,./1234567890"))


def key_names(character):
    """The keys of a US keyboard that together give the character."""
    if character in SHIFTED:
        return ["shift"] + key_names(SHIFTED[character])
    if character.isupper():
        return ["shift", character.lower()]
    return [NAMES.get(character, character)]


def press(qmp, keys, gap=0.05):
    """Presses the keys together and lets them go. QEMU gives them to the keyboard plugged in last,
    and to the PS/2 keyboard where there is no other."""
    for down, names in ((True, keys), (False, reversed(keys))):
        qmp("input-send-event", events=[
            {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}} for name in names])
        time.sleep(gap)


def type_text(qmp, text, gap=0.05):
    """Types text; \\n is Enter."""
    for character in text:
        press(qmp, key_names(character), gap)


def screen_text(qmp, directory):
    """What stands on the VGA text screen: 25 lines, each without blanks at its end."""
    path = os.path.join(directory, "screen")
    qmp("pmemsave", val=0xb8000, size=4000, filename=path)
    with open(path, "rb") as file:
        cells = file.read()
    os.unlink(path)
    text = cells[::2].decode("cp437")
    return "\n".join(text[row * 80:row * 80 + 80].replace("\0", " ").rstrip() for row in range(25))
