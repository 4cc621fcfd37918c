"""DuckDB in memory, with the HNSW index of its extension vss."""
from pathlib import Path

import duckdb
import duckdb_extension_vss
import numpy
from peer import Peer


class DuckDB(Peer):
    package = "duckdb"
    metrics = {"euclidean": "l2sq", "angular": "cosine", "dot": "ip"}
    distances = {
        "euclidean": "array_distance", "angular": "array_cosine_distance", "dot": "array_negative_inner_product"
    }

    def fit(self, rows):
        database = duckdb.connect(config={"threads": self.threads})
        # The package has the extension's file, which DuckDB would otherwise download.
        extension = next(Path(duckdb_extension_vss.__file__).parent.rglob("vss.duckdb_extension"))
        database.execute(f"LOAD '{extension}'")
        database.execute(f"CREATE TABLE vectors (id BIGINT, vector FLOAT[{self.dimension}])")
        # DuckDB reads the columns of a dictionary by the variable's name.
        columns = {f"c{place}": rows[:, place].copy() for place in range(self.dimension)}
        names = ", ".join(columns)
        columns["id"] = numpy.arange(len(rows))
        database.execute(f"INSERT INTO vectors SELECT id, array_value({names}) FROM columns")
        database.execute(
            f"CREATE INDEX graph ON vectors USING HNSW (vector) WITH (metric = '{self.metrics[self.metric]}', "
            f"M = {self.build['M']}, ef_construction = {self.build['ef_construction']})"
        )
        self.index = database

    def set(self, search):
        self.index.execute(f"SET threads = {self.threads}")
        self.index.execute(f"SET hnsw_ef_search = {search['ef']}")

    def query(self, row, k):
        # A vector as text takes a tenth of the time of a list of numbers.
        found = self.index.execute(
            f"SELECT id FROM vectors ORDER BY {self.distances[self.metric]}"
            f"(vector, ?::FLOAT[{self.dimension}]) LIMIT {k}", [str(row.tolist())]
        )
        return found.fetchnumpy()["id"]


PEER = DuckDB
