#!/usr/bin/env python3
"""Runs one index written for Python: a ready-made peer, or a module of ann-benchmarks.

RecallBench starts this program, writes one JSON request a line to its standard input, and reads one JSON reply a line
from its standard output. Vectors, queries and answers are in memory files that both processes map. The requests are:

    {"do": "open", "peer": P, "modules": [[NAME, SOURCE]], "kind": K, "metric": M, "dimension": D,
     "build": {NAME: VALUE}, "threads": T, "seed": S}
    {"do": "open", "module": FOLDER, "constructor": NAME, "arguments": [VALUE], "threads": T}
        -> {"version": TEXT, "python": TEXT, "details": {NAME: TEXT}}
    {"do": "fit", "rows": PATH, "count": N, "dimension": D, "threads": T} -> {"seconds": S, "server": BOOL, "bytes": B or null}
    {"do": "add", "rows": PATH, "ids": [ID], "dimension": D, "threads": T} -> {"seconds": S, "bytes": B or null}
    {"do": "remove", "ids": [ID]} -> the same
    {"do": "queries", "path": PATH, "count": M, "dimension": D, "answers": PATH, "capacity": K} -> {}
    {"do": "set", "search": {NAME: VALUE}, "threads": T} or {"do": "set", "arguments": [VALUE], "threads": T} -> {}
    {"do": "filters", "path": PATH, "count": F, "bytes": B, "numbers": [NUMBER OF A QUERY'S FILTER]} -> {}
    {"do": "round", "count": C, "k": K, "batch": B, "limit": NANOSECONDS}
        -> {"answered": A, "wall": NANOSECONDS, "computations": DISTANCES}
    {"do": "overhead", "count": M, "k": K} -> {"nanoseconds": X}
    {"do": "done"} -> {}

The filters are F sets of rows, bit i % 8 of byte i // 8 for row i; a round without filters has F = 0.
The answers have one row for each query of the dataset, with the 64-bit integers [found, nanoseconds, ids × capacity].
A request that fails has the reply {"error": TEXT}, where TEXT is one line.
"""
import ctypes
import gc
import importlib
import importlib.metadata
import json
import mmap
import os
import platform
import signal
import statistics
import sys
import time
import traceback
import types
from multiprocessing.pool import ThreadPool

try:
    import numpy
except ImportError:
    numpy = None

PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """The fault of a module. Its text is the whole message."""


class BaseANN:
    """Replaces ann-benchmarks' class of this name, which imports packages that an index does not need."""

    name = ""
    threads = 1

    def done(self):
        pass

    def get_memory_usage(self):
        return None

    def fit(self, X):
        pass

    def query(self, q, n):
        return []

    def batch_query(self, X, n):
        if self.threads == 1:
            self.res = [self.query(q, n) for q in X]
        else:
            with ThreadPool(self.threads) as pool:
                self.res = pool.map(lambda q: self.query(q, n), X)

    def get_batch_results(self):
        return self.res

    def get_additional(self):
        return {}

    def __str__(self):
        return self.name


class Empty(BaseANN):
    """An index that answers at once: the time of its round is the overhead of the calls."""

    def __init__(self, k):
        self.answer = numpy.arange(k)

    def query(self, q, n):
        return self.answer


class Driver:
    selectors = None

    def open(self, threads, peer=None, modules=(), module=None, **request):
        """Creates an empty index."""
        if numpy is None:
            raise Failure(f"numpy is not installed for {sys.executable}; install it with pip")
        self.is_peer = peer is not None
        if self.is_peer:
            for name, source in modules:
                sys.modules[name] = types.ModuleType(name)
                exec(compile(source, f"{name}.py", "exec"), vars(sys.modules[name]))
            loaded = sys.modules[f"peer_{peer}"]
            self.index = loaded.PEER(threads=threads, **request)
            reply = {"version": self.index.version(), "details": self.index.details()}
        else:
            loaded = load_module(module)
            constructor = getattr(loaded, request["constructor"], None)
            if constructor is None:
                raise Failure(f"{loaded.__file__} has no {request['constructor']}")
            self.index = constructor(*request["arguments"])
            reply = {"version": version_of(loaded), "details": {}}
        return_memory()
        return reply | {"python": platform.python_version()}

    def fit(self, rows, count, dimension, threads):
        """Builds the index. All of its rows are loaded into memory before the clock starts."""
        vectors = mapped(rows, "<f4", (count, dimension), mmap.MAP_PRIVATE)
        vectors.ravel().view("u1")[:: mmap.PAGESIZE].max()
        self.rows = count
        self.use(threads)
        before = self.memory()
        start = time.monotonic_ns()
        self.index.fit(vectors)
        seconds = (time.monotonic_ns() - start) / 1e9
        return_memory()
        after = self.memory()
        known = before is not None and after is not None
        has_server = getattr(self.index, "has_server", False)
        return {"seconds": seconds, "server": has_server, "bytes": max(0, round((after - before) * 1024)) if known else None}

    def add(self, rows, ids, dimension, threads):
        """Stores vectors under ids, beside those that are stored."""
        vectors = mapped(rows, "<f4", (len(ids), dimension), mmap.MAP_PRIVATE)
        vectors.ravel().view("u1")[:: mmap.PAGESIZE].max()
        self.rows = max(getattr(self, "rows", 0), max(ids) + 1)
        self.use(threads)
        return self.change(self.index.add, vectors, numpy.array(ids, "<i8"))

    def remove(self, ids):
        return self.change(self.index.remove, numpy.array(ids, "<i8"))

    def change(self, function, *arguments):
        """Calls a function that changes the index; returns its seconds and the size of the index."""
        start = time.monotonic_ns()
        function(*arguments)
        seconds = (time.monotonic_ns() - start) / 1e9
        size = self.index.get_memory_usage()
        return {"seconds": seconds, "bytes": None if size is None else round(size * 1024)}

    def queries(self, path, count, dimension, answers, capacity):
        self.vectors = mapped(path, "<f4", (count, dimension), mmap.MAP_PRIVATE)
        self.answers = mapped(answers, "<i8", (count, capacity + 2), mmap.MAP_SHARED)
        return {}

    def filters(self, path, count, bytes, numbers):
        """Lets the peer make its own form of each filter, before the clock starts."""
        accepted = mapped(path, "u1", (count, bytes), mmap.MAP_PRIVATE)
        made = [self.index.make_filter(numpy.array(row)) for row in accepted]
        self.selectors = [made[number] for number in numbers] if count else None
        return {}

    def set(self, threads, search=None, arguments=None):
        """Sets search parameters, or calls set_query_arguments, which a module without search parameters lacks."""
        self.use(threads)
        if search is not None:
            self.index.set(search)
        elif arguments:
            self.index.set_query_arguments(*arguments)
        return {}

    def use(self, threads):
        """Limits the number of threads of builds and searches from now on."""
        BaseANN.threads = threads
        limit_pools(threads)
        if self.is_peer:
            self.index.set_threads(threads)

    def round(self, count, k, batch, limit):
        """Answers the first queries, and writes the answers after the clock has stopped."""
        # Each round uses a copy, because a module may change its queries in place.
        queries = numpy.array(self.vectors[:count])
        run = self.run_batch if batch else self.run_filtered if self.selectors else self.run_single
        before = self.computations()
        gc.collect()
        gc.disable()
        try:
            found, times, wall = run(self.index, queries, k, limit)
        finally:
            gc.enable()
        for number, (answer, row) in enumerate(zip(found, self.answers)):
            ids = checked(answer, k, self.rows, f"query {number}")
            row[0] = len(ids)
            row[2 : 2 + len(ids)] = ids
        self.answers[: len(times), 1] = times
        return {"answered": len(found), "wall": wall, "computations": self.computations() - before}

    def memory(self):
        """The memory of the process in KiB, as modules measure it; None for one that does not."""
        return self.index.get_memory_usage() if hasattr(self.index, "get_memory_usage") else None

    def computations(self):
        """The distances computed since the index was made, which some modules count; 0 for those that do not."""
        try:
            return max(0, int(self.index.get_additional()["dist_comps"]))
        except Exception:
            return 0

    def run_single(self, index, queries, k, limit):
        """One call for each query, each timed separately."""
        clock, keep, found, times, query = time.monotonic_ns, numpy.array, [], [], index.query
        begin = clock()
        try:
            for row in queries:
                start = clock()
                answer = query(row, k)
                end = clock()
                times.append(end - start)
                # A copy, because some modules write all answers into the same array.
                found.append(keep(answer))
                if end - begin > limit:
                    break
        except Exception as error:
            raise Failure(f"query {len(found)} of the round: {described(error)}") from error
        return found, times, clock() - begin

    def run_filtered(self, index, queries, k, limit):
        """The same with the filter of each query."""
        selectors = iter(self.selectors)

        class Filtered:
            def query(self, row, k):
                return index.query_filtered(row, k, next(selectors))

        return self.run_single(Filtered(), queries, k, limit)

    def run_batch(self, index, queries, k, limit):
        """One call for all queries, each of which gets an equal share of the time."""
        if not hasattr(index, "batch_query"):
            raise Failure("the module has no batch_query; leave --batch out")
        start = time.monotonic_ns()
        index.batch_query(queries, k)
        wall = time.monotonic_ns() - start
        found = index.get_batch_results()
        if len(found) != len(queries):
            raise Failure(f"the batch of {len(queries)} queries has {len(found)} answers")
        return list(found), [wall // len(queries)] * len(queries), wall

    def overhead(self, count, k):
        queries = numpy.array(self.vectors[: min(count, len(self.vectors))])
        _, times, _ = self.run_single(Empty(k), queries, k, limit=10**9)
        return {"nanoseconds": statistics.median(times)}

    def done(self):
        if hasattr(self.index, "done"):
            self.index.done()
        return {}


def mapped(path, kind, shape, sharing):
    """A memory file as an array. Writes to a private mapping are not visible to other processes."""
    size = numpy.dtype(kind).itemsize * shape[0] * shape[1]
    if size == 0:
        return numpy.zeros(shape, kind)
    file = os.open(path, os.O_RDWR if sharing == mmap.MAP_SHARED else os.O_RDONLY)
    try:
        memory = mmap.mmap(file, size, flags=sharing)
    finally:
        os.close(file)
    return numpy.frombuffer(memory, kind).reshape(shape)


def checked(answer, k, rows, place):
    """The ids of an answer; raises a Failure that describes an invalid answer.

    faiss and others fill an answer with -1 when they find fewer than k; these are left out.
    """
    ids = numpy.asarray(answer)
    if ids.ndim != 1 or (ids.size > 0 and ids.dtype.kind not in "iuf"):
        raise Failure(f"{place}: the answer is not a list of whole numbers")
    if ids.dtype.kind == "f":
        if not numpy.isfinite(ids).all():
            raise Failure(f"{place}: an id is not finite: {ids[~numpy.isfinite(ids)][0]}")
        if (ids != numpy.floor(ids)).any():
            raise Failure(f"{place}: an id is not whole: {ids[ids != numpy.floor(ids)][0]}")
    if len(ids) > k:
        raise Failure(f"{place}: {len(ids)} ids where k is {k}")
    while len(ids) and ids[-1] == -1:
        ids = ids[:-1]
    if len(ids) == 0:
        return ids
    if ids.min() < 0 or ids.max() >= rows:
        wrong = ids[(ids < 0) | (ids >= rows)][0]
        raise Failure(f"{place}: {int(wrong)} is not the id of a row; ids are 0 to {rows - 1}")
    values, counts = numpy.unique(ids, return_counts=True)
    if len(values) < len(ids):
        raise Failure(f"{place}: the id {int(values[counts > 1][0])} is given twice")
    return ids.astype("<i8")


def load_module(folder):
    """Imports the module.py of an algorithm's folder unchanged; only BaseANN is replaced.

    In a checkout of ann-benchmarks the module can import the whole package; otherwise only the folders beside its own.
    """
    folder = os.path.abspath(folder)
    if not os.path.isfile(os.path.join(folder, "module.py")):
        raise Failure(f"{folder} has no module.py")
    algorithms = os.path.dirname(folder)
    checkout = os.path.dirname(os.path.dirname(algorithms))
    package = "ann_benchmarks.algorithms"
    if os.path.isfile(os.path.join(checkout, "ann_benchmarks", "algorithms", "__init__.py")):
        sys.path.insert(0, checkout)
    else:
        make_package("ann_benchmarks", [])
        make_package(package, [algorithms])
    make_package(package + ".base", [])
    base = types.ModuleType(package + ".base.module")
    base.BaseANN = BaseANN
    sys.modules[base.__name__] = base
    return importlib.import_module(f"{package}.{os.path.basename(folder)}.module")


def limit_pools(threads):
    """Sets the size of the thread pools of OpenMP and OpenBLAS, if such libraries are loaded."""
    if not os.path.exists("/proc/self/maps"):
        return
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if ".so" in line}
    for path in paths:
        name = os.path.basename(path)
        if "gomp" in name or "omp.so" in name or "iomp" in name or "openblas" in name:
            library = ctypes.CDLL(path)
            for function in ("omp_set_num_threads", "openblas_set_num_threads", "scipy_openblas_set_num_threads64_"):
                if hasattr(library, function):
                    getattr(library, function)(threads)


def return_memory():
    """Returns freed memory to the system, so that only the memory of the index remains."""
    gc.collect()
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def make_package(name, path):
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules[name] = package


def version_of(module):
    """Names and versions of the packages that a module imports; numpy and the like only when it imports no others."""
    names = {
        (value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None) or "")
        for value in vars(module).values()
    }
    # The module's base class may be in another module beside it, which imports the library.
    for name in [name for name in names if name.startswith("ann_benchmarks.algorithms.") and name in sys.modules]:
        names |= {value.__name__ for value in vars(sys.modules[name]).values() if isinstance(value, types.ModuleType)}
    packages = importlib.metadata.packages_distributions()
    found = {package for name in names for package in packages.get(name.partition(".")[0], [])}
    main = found - {"numpy", "scipy", "scikit-learn", "psutil"}
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(main or found))


def described(error):
    """An exception in one line."""
    text = " ".join(str(error).split()).encode("utf-8", "replace").decode()
    if isinstance(error, Failure):
        return text
    if isinstance(error, SystemExit):
        return f"exit({text}) was called"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def main():
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the program that started this one has ended")
    # The module must not read requests or write replies: its input is empty, and its output goes to standard error.
    requests = os.fdopen(os.dup(0))
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # Processes that a module starts are of this group, and end with it.
    os.setpgid(0, 0)
    driver = Driver()
    for line in requests:
        request = json.loads(line)
        action = request.pop("do")
        try:
            reply = getattr(driver, action)(**request)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            reply = {"error": f"{action}: {described(error)}"}
        sys.stdout.flush()
        replies.write(json.dumps(reply) + "\n")
        if action == "done":
            break
    # A module's own threads must not keep the process alive.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
