"""hnswlib through its Python module, to be compared with the same library as a plug-in."""
import hnswlib
import numpy
from peer import Peer


class Hnswlib(Peer):
    package = "hnswlib"
    spaces = {"euclidean": "l2", "angular": "cosine", "dot": "ip"}

    def fit(self, rows):
        self.add(rows, None)

    def add(self, rows, ids):
        if self.index is None:
            self.index = hnswlib.Index(self.spaces[self.metric], self.dimension)
            self.index.init_index(
                len(rows), M=self.build["M"], ef_construction=self.build["ef_construction"], random_seed=self.seed
            )
        else:
            # Deleted nodes keep their places.
            self.index.resize_index(self.index.get_current_count() + len(rows))
        self.index.set_num_threads(self.threads)
        self.index.add_items(rows, ids)

    def remove(self, ids):
        for number in ids:
            self.index.mark_deleted(int(number))

    def set(self, search):
        self.index.set_num_threads(self.threads)
        self.index.set_ef(search["ef"])

    def query(self, row, k):
        return self.index.knn_query(row, k)[0][0]

    def make_filter(self, accepted):
        rows = numpy.unpackbits(accepted, bitorder="little").astype(bool)
        return rows.tolist(), int(rows.sum())

    def query_filtered(self, row, k, selector):
        rows, count = selector
        try:
            return self.index.knn_query(row, min(k, count), num_threads=1, filter=rows.__getitem__)[0][0]
        except RuntimeError:
            # hnswlib gives no answer at all when it finds fewer than k.
            return []

    def batch_query(self, rows, k):
        self.answers = self.index.knn_query(rows, k)[0]

    def bytes(self):
        return self.index.index_file_size()


PEER = Hnswlib
