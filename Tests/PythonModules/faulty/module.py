"""A module with faults: each constructor does one thing wrong, in the call that its argument names."""
import os
import sys
import time

import numpy as np

from ..base.module import BaseANN


class Correct(BaseANN):
    def __init__(self, metric, place):
        self.place = place
        self.visit("init")

    def visit(self, place):
        if place == self.place:
            self.misbehave()

    def misbehave(self):
        pass

    def fit(self, X):
        self.rows = X
        self.visit("fit")

    def set_query_arguments(self, unused):
        self.visit("set")

    def query(self, v, n):
        self.visit("query")
        return self.changed(np.argsort(((self.rows - v) ** 2).sum(axis=1), kind="stable")[:n], v)

    def changed(self, ids, v):
        return ids


class Raises(Correct):
    def misbehave(self):
        raise ValueError("the module says no,\nin two lines")


class Hangs(Correct):
    def misbehave(self):
        while True:
            time.sleep(1)


class Exits(Correct):
    def misbehave(self):
        sys.exit(0)


class ExitsAtOnce(Correct):
    def misbehave(self):
        os._exit(0)


class Crashes(Correct):
    def misbehave(self):
        os.abort()


class Prints(Correct):
    """Prints what looks like a reply, above and below Python's own buffer, and reads what is meant for the driver."""

    def misbehave(self):
        print('{"done": true}')
        os.write(1, b'{"seconds": 0}\nno end of line')
        sys.stdin.read(1)


class NaN(Correct):
    def changed(self, ids, v):
        return np.where(np.arange(len(ids)) == 1, np.nan, ids)


class Text(Correct):
    def changed(self, ids, v):
        return [str(id) for id in ids]


class Number(Correct):
    def changed(self, ids, v):
        return ids[0]


class Lazy(Correct):
    """Searches when the answer is read, when no clock runs any more."""

    def changed(self, ids, v):
        return (id for id in ids)


class Negative(Correct):
    def changed(self, ids, v):
        ids[0] = -5
        return ids


class OutOfRange(Correct):
    def changed(self, ids, v):
        ids[-1] = len(self.rows)
        return ids


class Twice(Correct):
    def changed(self, ids, v):
        ids[1] = ids[0]
        return ids


class TooMany(Correct):
    def changed(self, ids, v):
        return np.argsort(((self.rows - v) ** 2).sum(axis=1), kind="stable")[: len(ids) + 1]


class TooFew(Correct):
    """Fills its answers up with -1, as faiss does. This is no fault."""

    def changed(self, ids, v):
        ids[-1] = -1
        return ids


class OneArray(Correct):
    """Returns the same array each time, with other ids. This is no fault of a single search."""

    def changed(self, ids, v):
        if not hasattr(self, "ids"):
            self.ids = ids
        self.ids[:] = ids
        return self.ids


class ChangesQueries(Correct):
    """Changes the query once it is answered. This is no fault."""

    def changed(self, ids, v):
        v[:] = 0
        return ids


class FewAnswers(Correct):
    def get_batch_results(self):
        return self.res[:-1]


class NoArguments(BaseANN):
    def __init__(self):
        self.name = "NoArguments"
