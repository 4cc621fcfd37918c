"""vectorlite: a table of vectors in SQLite with hnswlib's graph."""
import vectorlite_py
from peer import Peer


class Vectorlite(Peer):
    package = "vectorlite-py"
    metrics = {"euclidean": "l2", "angular": "cosine", "dot": "ip"}

    def fit(self, rows):
        self.index = self.sqlite(
            vectorlite_py.vectorlite_path(),
            f"vectorlite(vector float32[{self.dimension}] {self.metrics[self.metric]}, "
            f"hnsw(max_elements={len(rows)}, M={self.build['M']}, ef_construction={self.build['ef_construction']}, "
            f"random_seed={self.seed}))",
            rows,
        )

    def query(self, row, k):
        found = self.index.execute(
            "SELECT rowid FROM vectors WHERE knn_search(vector, knn_param(?, ?, ?))",
            (row.tobytes(), k, self.search["ef"]),
        )
        return [number for number, in found]


PEER = Vectorlite
