"""sqlite-vec: a table of vectors in SQLite, searched exactly."""
import apsw
import sqlite_vec
from peer import Peer


class SQLiteVec(Peer):
    package = "sqlite-vec"
    metrics = {"euclidean": "L2", "angular": "cosine"}

    def fit(self, rows):
        database = apsw.Connection(":memory:")
        database.enable_load_extension(True)
        database.load_extension(sqlite_vec.loadable_path())
        metric = self.metrics[self.metric]
        database.execute(
            f"CREATE VIRTUAL TABLE vectors USING vec0(vector float[{self.dimension}] distance_metric={metric})"
        )
        database.executemany(
            "INSERT INTO vectors (rowid, vector) VALUES (?, ?)",
            ((number, row.tobytes()) for number, row in enumerate(rows)),
        )
        self.index = database

    def query(self, row, k):
        found = self.index.execute(
            "SELECT rowid FROM vectors WHERE vector MATCH ? AND k = ? ORDER BY distance", (row.tobytes(), k)
        )
        return [number for number, in found]


PEER = SQLiteVec
