"""faiss: flat, inverted lists with and without product quantisation, RaBitQ, and HNSW."""
import faiss
from peer import Peer


class Selected:
    """A set of rows as faiss's selector, which does not own the bits, with the last search parameters made of it."""

    def __init__(self, accepted):
        self.accepted, self.selector = accepted, faiss.IDSelectorBitmap(accepted)
        self.search = self.parameters = None


class Faiss(Peer):
    package = "faiss-cpu"

    def details(self):
        return {"instructions": faiss.get_compile_options().strip()}

    def set_threads(self, threads):
        super().set_threads(threads)
        faiss.omp_set_num_threads(threads)

    def description(self):
        """The index as a string for faiss's index factory, without the refinement."""
        build = self.build
        if self.kind == "faiss-flat":
            return "Flat"
        if self.kind == "faiss-hnsw":
            return f"HNSW{build['M']},Flat"
        lists = f"IVF{build['nlist']}"
        if self.kind == "faiss-ivfflat":
            return f"{lists},Flat"
        if self.kind == "faiss-ivfrabitq":
            return f"{lists},RaBitQ"
        if self.kind == "faiss-ivfpq":
            # np: skip the polysemous training for Hamming distances, which takes minutes and which searches do not use.
            return f"{lists},PQ{build['m'] or self.dimension // 4}x{build['nbits']}np"
        return f"{lists},PQ{build['m'] or self.dimension // 2}x4fs"

    def fit(self, rows):
        metric = faiss.METRIC_L2 if self.metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
        self.base = faiss.index_factory(self.dimension, self.description(), metric)
        if self.kind == "faiss-hnsw":
            self.base.hnsw.efConstruction = self.build["ef_construction"]
            self.base.hnsw.rng = faiss.RandomGenerator(self.seed)
        elif self.kind != "faiss-flat":
            self.base.cp.seed = self.seed
        self.index = self.base
        self.refines = self.kind in ("faiss-ivfpq", "faiss-ivfpqfs", "faiss-ivfrabitq")
        if self.refines:
            self.index = self.refined = faiss.IndexRefineFlat(self.base)
        rows = self.unit(rows)
        self.index.train(rows)
        self.index.add(rows)

    def add(self, rows, ids):
        if self.index is None:
            # Trains on the first vectors, and takes them out again to store them under their ids.
            self.fit(rows)
            self.index.reset()
        self.index.add_with_ids(self.unit(rows), ids)

    def remove(self, ids):
        self.index.remove_ids(ids)

    def set(self, search):
        super().set(search)
        if self.kind == "faiss-hnsw":
            self.base.hnsw.efSearch = search["ef"]
        elif "nprobe" in search:
            self.base.nprobe = search["nprobe"]
        if self.refines:
            self.index = self.refined if search["refine"] else self.base
            self.refined.k_factor = max(search["refine"], 1)

    def query(self, row, k):
        return self.index.search(self.unit(row)[None], k)[1][0]

    def make_filter(self, accepted):
        return Selected(accepted)

    def query_filtered(self, row, k, selected):
        if selected.search is not self.search:
            selected.search, selected.parameters = self.search, self.parameters(selected.selector)
        return self.index.search(self.unit(row)[None], k, params=selected.parameters)[1][0]

    def parameters(self, selector):
        """The parameters of a search with a selector, which take the place of those that the index has."""
        if self.kind == "faiss-flat":
            return faiss.SearchParameters(sel=selector)
        if self.kind == "faiss-hnsw":
            return faiss.SearchParametersHNSW(sel=selector, efSearch=self.search["ef"])
        kind = faiss.IVFRaBitQSearchParameters if self.kind == "faiss-ivfrabitq" else faiss.SearchParametersIVF
        made = kind(sel=selector, nprobe=self.search["nprobe"])
        if not self.refines or not self.search["refine"]:
            return made
        return faiss.IndexRefineSearchParameters(k_factor=self.search["refine"], base_index_params=made)

    def batch_query(self, rows, k):
        self.answers = self.index.search(self.unit(rows), k)[1]


PEER = Faiss
