"""The matrix on paper: a row an attacker and a way out, a column a state; Sekisho's word first, then USBGuard's."""

import json
import os

from matrix_exits import EXITS
from matrix_states import NOTHING, ONLY, PRODUCTS, QUIET, SEKISHO, STATES

ATTACKERS = {"root": "root's automount path", "person": "the person", "device": "the device"}
WORDS = {(True, True): "**LEFT**, told", (True, False): "**LEFT**", (False, True): "told", (False, False): "quiet"}


class Results:
    """What was found so far, kept in a file: {product: {state: {row: {attacker: [left, told]}}}}."""

    def __init__(self, path):
        self.path = path
        self.found = {}
        self.read()

    def read(self):
        """What is in the file; another run may have written to it."""
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.found = json.load(file)

    def keep(self, product, state, rows):
        """A state of a product, whole."""
        cells = {}
        for row, attacker, left, told in rows:
            cells.setdefault(row.name, {})[attacker] = [left, told]
        self.read()
        self.found.setdefault(product, {})[state] = cells
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.found, file, indent=1)
        os.rename(self.path + ".new", self.path)

    def cell(self, product, state, row, attacker):
        """[left, told]; None: not tried."""
        return self.found.get(product, {}).get(state, {}).get(row.name, {}).get(attacker)

    def left(self, product):
        """Whatever came out although the product was there."""
        return [(state, row, attacker) for state, _ in STATES for row in EXITS for attacker in row.by
                if (self.cell(product, state, row, attacker) or [False])[0]]

    def quiet(self, product):
        """Whatever was refused and not told."""
        return [(state, row, attacker) for state, _ in STATES for row in EXITS for attacker in row.by
                if self.cell(product, state, row, attacker) == [False, False]]

    def unproven(self):
        """Probes that got nothing out where nothing was in their way: what they say of a product is worth nothing."""
        return [(row, attacker) for row in EXITS for attacker in row.by if self.control(row, attacker) != "left"]

    def control(self, row, attacker):
        """What it got out where nothing was in its way, in words."""
        cells = [self.cell(NOTHING, state, row, attacker) for state, _ in STATES]
        if not any(cells):
            return "not tried"
        return "left" if any(cell and cell[0] for cell in cells) else "nothing left: no proof"


def word(cell):
    """A cell in words."""
    return WORDS[tuple(cell)] if cell else "-"


def table(results):
    """The lines of the table."""
    shown = [product for product in PRODUCTS if product in results.found and product != NOTHING]
    states = [name for name, _ in STATES]
    yield "| way out | by | %s | without either |" % " | ".join(states)
    yield "|---" * (len(states) + 3) + "|"
    for row in EXITS:
        for attacker in row.by:
            cells = [" · ".join(word(results.cell(product, state, row, attacker)) for product in shown
                                if state in ONLY.get(product, states)) for state in states]
            yield "| %s | %s | %s | %s |" % (row.what if attacker == row.by[0] else "", ATTACKERS[attacker], " | ".join(cells),
                                             results.control(row, attacker))


def excuse(state, row):
    """Why Sekisho may be quiet there; None: it may not."""
    return next((why for where, name, why in QUIET if where == state and name in ("", row.name)), None)


def faults(results):
    """What must not be, a line each."""
    for state, row, attacker in results.left(SEKISHO):
        yield "Sekisho let out: %s, %s, by %s" % (row.what, state, ATTACKERS[attacker])
    for state, row, attacker in results.quiet(SEKISHO):
        if not excuse(state, row):
            yield "Sekisho did not tell: %s, %s, by %s" % (row.what, state, ATTACKERS[attacker])
    for row, attacker in results.unproven():
        yield "no proof: %s by %s" % (row.what, ATTACKERS[attacker])


def summary(results):
    """What counts."""
    for product in PRODUCTS:
        if product in results.found and product != NOTHING:
            yield "%s: %d of %d cells left" % (product, len(results.left(product)), sum(
                len(cells) for state in results.found[product].values() for cells in state.values()))
    excused = [(state, row) for state, row, _ in results.quiet(SEKISHO)]
    for state, name, why in QUIET:
        count = sum(where == state and name in ("", row.name) for where, row in excused)
        if count:
            yield "Sekisho was quiet in %d cells of %s, as it may%s: %s" % (count, state, name and " at " + name, why)
    yield from faults(results)
