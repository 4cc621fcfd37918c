"""ScaNN: a tree of partitions, 4-bit codes from anisotropic quantisation, and exact distances for the best."""
import scann
from peer import Peer


class Scann(Peer):
    package = "scann"

    def fit(self, rows):
        euclidean = self.metric == "euclidean"
        rows = self.unit(rows)
        builder = scann.scann_ops_pybind.builder(rows, 10, "squared_l2" if euclidean else "dot_product")
        builder.set_n_training_threads(self.threads)
        builder = builder.tree(
            num_leaves=self.build["nlist"], num_leaves_to_search=1, training_sample_size=len(rows),
            spherical=self.metric == "angular", quantize_centroids=True,
        )
        threshold = float("nan") if euclidean else self.build["anisotropic"]
        builder = builder.score_ah(self.build["block"], anisotropic_quantization_threshold=threshold)
        self.index = builder.reorder(1).build()

    def set(self, search):
        super().set(search)
        self.index.set_num_threads(self.threads)

    def query(self, row, k):
        candidates = max(self.search["refine"] * k, k)
        return self.index.search(self.unit(row), k, candidates, self.search["nprobe"])[0]

    def batch_query(self, rows, k):
        search = self.index.search_batched if self.threads == 1 else self.index.search_batched_parallel
        candidates = max(self.search["refine"] * k, k)
        self.answers = search(self.unit(rows), k, candidates, self.search["nprobe"])[0]


PEER = Scann
