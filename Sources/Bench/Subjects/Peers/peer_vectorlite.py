"""vectorlite: a table of vectors in SQLite with hnswlib's graph."""
import apsw
import vectorlite_py
from peer import Peer


class Vectorlite(Peer):
    package = "vectorlite-py"
    metrics = {"euclidean": "l2", "angular": "cosine", "dot": "ip"}

    def fit(self, rows):
        database = apsw.Connection(":memory:")
        database.enable_load_extension(True)
        database.load_extension(vectorlite_py.vectorlite_path())
        database.execute(
            f"CREATE VIRTUAL TABLE vectors USING vectorlite(vector float32[{self.dimension}] "
            f"{self.metrics[self.metric]}, hnsw(max_elements={len(rows)}, M={self.build['M']}, "
            f"ef_construction={self.build['ef_construction']}, random_seed={self.seed}))"
        )
        database.executemany(
            "INSERT INTO vectors (rowid, vector) VALUES (?, ?)",
            ((number, row.tobytes()) for number, row in enumerate(rows)),
        )
        self.index = database

    def query(self, row, k):
        found = self.index.execute(
            "SELECT rowid FROM vectors WHERE knn_search(vector, knn_param(?, ?, ?))",
            (row.tobytes(), k, self.search["ef"]),
        )
        return [number for number, in found]


PEER = Vectorlite
