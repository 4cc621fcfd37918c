"""sqlite-vec: a table of vectors in SQLite, searched exactly."""
import sqlite_vec
from peer import Peer


class SQLiteVec(Peer):
    package = "sqlite-vec"
    metrics = {"euclidean": "L2", "angular": "cosine"}

    def fit(self, rows):
        self.index = self.sqlite(
            sqlite_vec.loadable_path(),
            f"vec0(vector float[{self.dimension}] distance_metric={self.metrics[self.metric]})",
            rows,
        )

    def query(self, row, k):
        found = self.index.execute(
            "SELECT rowid FROM vectors WHERE vector MATCH ? AND k = ? ORDER BY distance", (row.tobytes(), k)
        )
        return [number for number, in found]


PEER = SQLiteVec
