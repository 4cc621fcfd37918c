"""LoRANN: clusters whose scores come from reduced-rank regression, and exact distances for the best."""
import lorann
from peer import Peer


class Lorann(Peer):
    package = "lorann"

    def fit(self, rows):
        distance = lorann.L2 if self.metric == "euclidean" else lorann.IP
        reduced = self.build["reduced"] or None
        self.index = lorann.LorannIndex(
            data=self.unit(rows), n_clusters=self.build["nlist"], global_dim=reduced, rank=int(self.build["rank"]),
            train_size=5, distance=distance,
        )
        self.index.build(n_threads=self.threads)

    def query(self, row, k):
        candidates = max(self.search["refine"] * k, k)
        return self.index.search(self.unit(row), k, self.search["nprobe"], candidates, n_threads=self.threads)

    def batch_query(self, rows, k):
        self.answers = self.query(rows, k)


PEER = Lorann
