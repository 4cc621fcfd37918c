"""A module as ann-benchmarks has them: exact search with numpy."""
import numpy as np

from ..base.module import BaseANN


class Exact(BaseANN):
    def __init__(self, metric, parameters):
        self.metric = metric
        self.sign = {"nearest": 1, "farthest": -1}[parameters["order"]]
        self.share = 1.0
        self.computations = 0

    def fit(self, X):
        if self.metric == "angular":
            # As many modules do, in the place where the vectors are.
            X /= np.linalg.norm(X, axis=1, keepdims=True)
        self.rows = X
        self.squares = (X**2).sum(axis=1)

    def set_query_arguments(self, share):
        self.share = share

    def query(self, v, n):
        rows = self.rows[: int(len(self.rows) * self.share)]
        self.computations += len(rows)
        if self.metric == "angular":
            v /= np.linalg.norm(v)
        distances = self.sign * (self.squares[: len(rows)] - 2 * rows @ v)
        return np.argsort(distances, kind="stable")[:n]

    def get_additional(self):
        return {"dist_comps": self.computations}

    def __str__(self):
        return f"Exact(share={self.share})"
