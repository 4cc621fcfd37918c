"""The common base of the peers. A file peer_NAME.py has one class for each library, as PEER."""
import importlib.metadata

import numpy


class Peer:
    """One index of a library, with the functions that the driver calls.

    A peer sets `package`, fills `self.index` in `fit`, and implements `set`, `query` and `batch_query`. The ids of its
    answers are row numbers; -1 at the end of an answer means that no further row was found.
    """

    package = ""
    # Whether other processes hold the index, so that its memory and processor time cannot be measured here.
    has_server = False

    def __init__(self, kind, metric, dimension, build, threads, seed):
        self.kind, self.metric, self.dimension = kind, metric, dimension
        self.build, self.threads, self.seed = build, threads, seed
        self.index = None
        self.search = {}

    def version(self):
        return f"{self.package} {importlib.metadata.version(self.package)}"

    def details(self):
        """Further properties of the library on this machine, such as its instruction set."""
        return {}

    def set_threads(self, threads):
        """Sets the number of threads of `fit` and later searches; a library with its own thread pool overrides this."""
        self.threads = threads

    def set(self, search):
        self.search = search

    def batch_query(self, rows, k):
        """Searches one query after the other, for a library without batches."""
        self.answers = [self.query(row, k) for row in rows]

    def make_filter(self, accepted):
        """The library's form of a set of rows, bit i % 8 of byte i // 8 for row i; for a kind that can filter."""
        raise NotImplementedError("this peer takes no filter")

    def query_filtered(self, row, k, selector):
        """Searches among the rows of a set that `make_filter` has made."""
        raise NotImplementedError("this peer takes no filter")

    def add(self, rows, ids):
        """Stores rows under ids that are not stored; the first call makes the index. Only for kinds with updates."""
        raise NotImplementedError(f"{self.kind} takes all its vectors at once")

    def remove(self, ids):
        raise NotImplementedError(f"{self.kind} removes nothing")

    def get_batch_results(self):
        return self.answers

    def bytes(self):
        """The size of the index with its vectors, as the library reports it; None when it reports none."""
        return None

    def get_additional(self):
        return {}

    def get_memory_usage(self):
        bytes = 0 if self.index is None else self.bytes()
        return None if bytes is None else bytes / 1024

    def done(self):
        self.index = None

    def sqlite(self, extension, table, rows):
        """A database in memory; its virtual table `vectors`, which the extension implements, has the rows."""
        import apsw

        database = apsw.Connection(":memory:")
        database.enable_load_extension(True)
        database.load_extension(extension)
        database.execute(f"CREATE VIRTUAL TABLE vectors USING {table}")
        database.executemany(
            "INSERT INTO vectors (rowid, vector) VALUES (?, ?)",
            ((number, row.tobytes()) for number, row in enumerate(rows)),
        )
        return database

    def unit(self, vectors):
        """The vectors in the form that the library needs: normalized for angular. A zero vector is left unchanged."""
        if self.metric != "angular":
            return vectors
        lengths = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
        return vectors / numpy.where(lengths > 0, lengths, 1)
