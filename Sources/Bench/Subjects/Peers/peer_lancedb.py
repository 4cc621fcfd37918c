"""LanceDB: a table in a folder of its own, with an IVF-PQ index."""
import os
import tempfile

import lancedb
import pyarrow
from peer import Peer


class LanceDB(Peer):
    package = "lancedb"
    names = {"euclidean": "l2", "angular": "cosine", "dot": "dot"}

    def __init__(self, **settings):
        super().__init__(**settings)
        os.environ["LANCE_CPU_THREADS"] = str(self.threads)

    def set_threads(self, threads):
        super().set_threads(threads)
        # The library's pool keeps its initial size, so the process is limited to this number of processors.
        processors = sorted(os.sched_getaffinity(1))[:threads]
        for task in os.listdir("/proc/self/task"):
            os.sched_setaffinity(int(task), processors)

    def done(self):
        self.folder.cleanup()

    def fit(self, rows):
        self.folder = tempfile.TemporaryDirectory()
        vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.ravel()), self.dimension)
        ids = pyarrow.array(range(len(rows)), pyarrow.int64())
        database = lancedb.connect(self.folder.name)
        self.index = database.create_table("vectors", pyarrow.table({"id": ids, "vector": vectors}))
        self.index.create_index(
            metric=self.names[self.metric], num_partitions=self.build["nlist"],
            num_sub_vectors=self.build["m"] or None, num_bits=self.build["nbits"],
            index_type="IVF_PQ",
        )

    def query(self, row, k):
        search = self.index.search(row).distance_type(self.names[self.metric]).nprobes(self.search["nprobe"])
        if self.search["refine"]:
            search = search.refine_factor(self.search["refine"])
        return search.limit(k).select(["id", "_distance"]).to_arrow()["id"].to_numpy()


PEER = LanceDB
