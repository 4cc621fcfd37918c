"""Scalable Vector Search: the graph Vamana over float vectors, or over vectors in LVQ codes."""
import os
import tempfile
from pathlib import Path

import svs
from peer import Peer


class SVS(Peer):
    package = "scalable-vs"
    distances = {"euclidean": svs.DistanceType.L2, "angular": svs.DistanceType.Cosine, "dot": svs.DistanceType.MIP}

    def __init__(self, **settings):
        super().__init__(**settings)
        # A later check in the library would end the process.
        if self.kind == "svs-vamana-lvq" and "GenuineIntel" not in Path("/proc/cpuinfo").read_text():
            raise RuntimeError("LVQ codes need a processor of Intel")

    def fit(self, rows):
        parameters = svs.VamanaBuildParameters(
            graph_max_degree=self.build["M"], window_size=self.build["ef_construction"]
        )
        distance = self.distances[self.metric]
        if self.kind == "svs-vamana":
            self.index = svs.Vamana.build(parameters, rows, distance, num_threads=self.threads)
        else:
            # Vectors to be compressed are read from a file.
            primary, _, residual = self.build["bits"].partition("x")
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "rows.fvecs")
                svs.write_vecs(rows, path)
                vectors = svs.VectorDataLoader(path, svs.DataType.float32, dims=self.dimension)
                loader = svs.LVQLoader(vectors, primary=int(primary), residual=int(residual))
                self.index = svs.Vamana.build(parameters, loader, distance, num_threads=self.threads)

    def set(self, search):
        self.index.num_threads = self.threads
        self.index.search_window_size = search["ef"]

    def query(self, row, k):
        return self.index.search(row, k)[0][0]

    def batch_query(self, rows, k):
        self.answers = self.index.search(rows, k)[0]


PEER = SVS
