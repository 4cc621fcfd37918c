"""What the ready-made peers have in common. A file peer_NAME.py has one class for each library, as PEER."""
import importlib.metadata

import numpy


class Peer:
    """One index of a library, with the functions that the driver calls.

    A peer sets `package`, fills `self.index` in `fit`, and implements `set`, `query` and `batch_query`. The ids of its
    answers are row numbers; -1 at the end of an answer stands for none.
    """

    package = ""
    # Whether other processes hold the index, whose memory and processor time nobody sees here.
    has_server = False

    def __init__(self, kind, metric, dimension, build, threads, seed):
        self.kind, self.metric, self.dimension = kind, metric, dimension
        self.build, self.threads, self.seed = build, threads, seed
        self.index = None
        self.search = {}

    def version(self):
        return f"{self.package} {importlib.metadata.version(self.package)}"

    def details(self):
        """What else tells about the library as it runs here, such as the instruction set."""
        return {}

    def set_threads(self, threads):
        """How many threads `fit`, or the searches from now on, may use; a library with a pool of its own is told here."""
        self.threads = threads

    def set(self, search):
        self.search = search

    def batch_query(self, rows, k):
        """One query after the other, for a library that has no batches."""
        self.answers = [self.query(row, k) for row in rows]

    def get_batch_results(self):
        return self.answers

    def bytes(self):
        """What the index keeps, vectors included, by the library's own account; None where it gives none."""
        return None

    def get_additional(self):
        return {}

    def get_memory_usage(self):
        bytes = 0 if self.index is None else self.bytes()
        return None if bytes is None else bytes / 1024

    def done(self):
        self.index = None

    def sqlite(self, extension, table, rows):
        """A database in memory whose virtual table `vectors`, as the extension makes it, holds the rows."""
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
        """Vectors as the library needs them: of length one for angular. A zero vector stays as it is."""
        if self.metric != "angular":
            return vectors
        lengths = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
        return vectors / numpy.where(lengths > 0, lengths, 1)
