#!/usr/bin/env python3
"""The peer that `recallbench bench` races: faiss, one request a line on standard input, one reply a line on output.

Needs numpy, h5py and faiss-cpu; PEERS_PYTHON names the interpreter that has them. Requests and replies are JSON:

    {"do": "load", "dataset": PATH, "queries": N}                      -> {"name": "faiss 1.15.1"}
    {"do": "build", "kind": K, "nlist": N, "threads": N}                   -> {"seconds": S}
    {"do": "search", "kind": K, "nprobe": N, "refine": N, "batch": B, "queries": N, "k": N, "seconds": S}
                                                                        -> {"seconds": S, "passes": N}
    {"do": "answers", "kind": K, "nprobe": N, "refine": N, "queries": N, "k": N} -> {"ids": [[row, ...], ...]}

The kinds K are flat, ivf-flat, ivf-pq and "ivf-pq spill": for the last two the peer has 4-bit fast-scan codes with
m = d/2, and measures refine·k candidates exactly.

A reply {"error": TEXT} says what went wrong. Searches run on one thread, after the first 50 queries untimed; they pass
over the queries until the time asked for is over, once at least.
Vectors of angular datasets are normalised and compared by L2, which orders them alike.
"""
import json
import os
import sys
import time


class Peer:
    def __init__(self):
        self.indexes = {}

    def load(self, dataset, queries):
        import faiss
        import h5py
        import numpy

        self.faiss = faiss
        with h5py.File(dataset) as file:
            self.train = file["train"][:].astype(numpy.float32)
            self.test = file["test"][:queries].astype(numpy.float32)
            distance = file.attrs.get("distance", os.path.splitext(dataset)[0].rsplit("-")[-1])
        if isinstance(distance, bytes):
            distance = distance.decode()
        metrics = {"euclidean": faiss.METRIC_L2, "angular": faiss.METRIC_L2, "dot": faiss.METRIC_INNER_PRODUCT}
        if distance not in metrics:
            raise ValueError(f"faiss has no ivf-flat for {distance}")
        self.metric = metrics[distance]
        if distance == "angular":
            for vectors in (self.train, self.test):
                norms = numpy.linalg.norm(vectors, axis=1, keepdims=True)
                vectors /= numpy.where(norms > 0, norms, 1)
        self.indexes = {}
        core = os.environ.get("OPENBLAS_CORETYPE")
        return {"name": f"faiss {faiss.__version__}" + (f" (OPENBLAS_CORETYPE={core})" if core else "")}

    def build(self, kind, nlist, threads):
        dimension = self.train.shape[1]
        codes = f"PQ{dimension // 2}x4fs" if dimension % 4 == 0 else f"PQ{dimension}x4fs"
        name = {"flat": "Flat", "ivf-flat": f"IVF{nlist},Flat"}.get(kind, f"IVF{nlist},{codes}")
        self.indexes.pop(kind, None)
        self.faiss.omp_set_num_threads(threads)
        start = time.perf_counter()
        index = self.faiss.index_factory(dimension, name, self.metric)
        index.train(self.train)
        index.add(self.train)
        seconds = time.perf_counter() - start
        self.faiss.omp_set_num_threads(1)
        self.indexes[kind] = index
        return {"seconds": seconds}

    def search(self, kind, nprobe, refine, batch, queries, k, seconds):
        index, rows = self.prepared(kind, nprobe, refine, queries)
        index.search(rows[:50], k)
        passes = 0
        start = time.perf_counter()
        while passes == 0 or time.perf_counter() - start < seconds:
            if batch:
                index.search(rows, k)
            else:
                for row in range(len(rows)):
                    index.search(rows[row : row + 1], k)
            passes += 1
        return {"seconds": time.perf_counter() - start, "passes": passes}

    def answers(self, kind, nprobe, refine, queries, k):
        index, rows = self.prepared(kind, nprobe, refine, queries)
        return {"ids": index.search(rows, k)[1].tolist()}

    def prepared(self, kind, nprobe, refine, queries):
        index = self.indexes[kind]
        if kind != "flat":
            index.nprobe = nprobe
        if refine > 0:
            index = self.faiss.IndexRefineFlat(index, self.faiss.swig_ptr(self.train))
            index.k_factor = refine
        return index, self.test[:queries]


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(peer, request.pop("do"))(**request)
        except Exception as error:
            reply = {"error": str(error) or type(error).__name__}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
