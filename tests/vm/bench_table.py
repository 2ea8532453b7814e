"""The table that `make bench` prints: a figure of both sides, their ratio, and what was asked of it."""

import statistics


def quartiles(values):
    """Median and, for how far to trust it, the two quartiles."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


class Table:
    """Prints rows as they come; missed counts the ratios beyond their limit."""

    def __init__(self):
        self.missed = 0
        print("%-42s %22s %22s  %s" % ("", "Sekisho", "peer", "ratio"), flush=True)

    def row(self, what, ours, theirs, unit, limit=None):
        """A row; ours and theirs are a number or a list of samples, of which the median counts. limit: what
        the ratio may be at most; None where nothing is asked."""
        texts, medians = [], []
        for side in (ours, theirs):
            if isinstance(side, list):
                middle, low, high = quartiles(side)
                texts.append("%.1f (%.1f-%.1f)" % (middle, low, high))
            else:
                middle = side
                texts.append("%.0f" % side)
            medians.append(middle)
        ratio = medians[0] / medians[1]
        verdict = ""
        if limit is not None:
            self.missed += ratio > limit
            verdict = "at most %.2f: %s" % (limit, "ok" if ratio <= limit else "MISSED")
        print("%-42s %22s %22s  %.2f  %s" % ("%s, %s" % (what, unit), texts[0], texts[1], ratio, verdict), flush=True)
