"""The table that `make bench` prints: a figure of both sides, their ratio, and what was asked of it."""

import statistics


def quartiles(values):
    """Median and, for how far to trust it, the two quartiles."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def p99(values):
    """The largest but a hundredth of them: of less than a hundred the largest."""
    return sorted(values)[-(len(values) // 100) - 1]


class Table:
    """Prints rows as they come; missed counts the ratios beyond their limit."""

    def __init__(self):
        self.missed = 0
        print("%-42s %22s %22s  %s" % ("", "Sekisho", "peer", "ratio"), flush=True)

    def row(self, what, ours, theirs, unit, limit=None, least=None, pairs=False):
        """A row; ours and theirs are a number or a list of samples, of which the median counts. limit: what
        the ratio may be at most, least: what it must be; None where nothing is asked. pairs: the samples were
        taken in pairs, and the median of their ratios counts: for what is not the same for long."""
        texts, medians = [], []
        for side in (ours, theirs):
            if isinstance(side, list):
                middle, low, high = quartiles(side)
                texts.append("%.1f (%.1f-%.1f)" % (middle, low, high))
            else:
                middle = side
                texts.append("%.1f" % side if isinstance(side, float) else "%d" % side)
            medians.append(middle)
        ratio = medians[0] / medians[1] if medians[1] else float(medians[0] != 0)
        if pairs:
            ratio = statistics.median(one / other for one, other in zip(ours, theirs))
        verdict = ""
        if limit is not None:
            self.missed += ratio > limit
            verdict = "at most %.2f: %s" % (limit, "ok" if ratio <= limit else "MISSED")
        if least is not None:
            self.missed += ratio < least
            verdict = "at least %.2f: %s" % (least, "ok" if ratio >= least else "MISSED")
        print("%-42s %22s %22s  %.2f  %s" % ("%s, %s" % (what, unit), texts[0], texts[1], ratio, verdict), flush=True)

    def tail(self, what, ours, theirs, unit):
        """How late the latest are: the 99th percentile, of less than a hundred the longest."""
        name = "p99" if min(len(ours), len(theirs)) >= 100 else "longest"
        self.row("%s, %s of %d" % (what, name, len(ours)), float(p99(ours)), float(p99(theirs)), unit)
