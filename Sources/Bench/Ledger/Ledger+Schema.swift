extension Ledger {
  /// What makes a file of each version one of the next; the file's `user_version` says how many have been done.
  ///
  /// Columns beside the JSON are for queries by hand; the program reads the JSON.
  static let migrations: [[String]] = [
    [
      """
      CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        started REAL NOT NULL,
        ended REAL,
        command TEXT NOT NULL,
        keys TEXT NOT NULL,
        machine_at_start TEXT NOT NULL,
        machine_at_end TEXT
      ) STRICT
      """,
      """
      CREATE TABLE cell (
        key TEXT PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (id),
        status TEXT NOT NULL CHECK (status IN ('ok', 'failed', 'timeout', 'out-of-memory', 'skipped')),
        error TEXT NOT NULL,
        finished REAL NOT NULL,
        dataset TEXT NOT NULL,
        dataset_sha256 TEXT NOT NULL,
        variant TEXT NOT NULL,
        label TEXT NOT NULL,
        k INTEGER NOT NULL,
        mode TEXT NOT NULL,
        threads INTEGER NOT NULL,
        seed TEXT NOT NULL,
        recall REAL,
        qps REAL,
        raw_file TEXT,
        dataset_json TEXT NOT NULL,
        planned_json TEXT NOT NULL,
        measurement_json TEXT,
        CHECK ((status = 'ok') = (measurement_json IS NOT NULL) AND (status = 'ok') = (raw_file IS NOT NULL))
      ) STRICT, WITHOUT ROWID
      """,
      """
      CREATE TABLE round (
        cell TEXT NOT NULL REFERENCES cell (key),
        number INTEGER NOT NULL,
        seconds REAL NOT NULL,
        qps REAL NOT NULL,
        p99_ms REAL NOT NULL,
        stolen_seconds REAL NOT NULL,
        busy_seconds REAL NOT NULL,
        own_seconds REAL NOT NULL,
        mhz REAL,
        PRIMARY KEY (cell, number)
      ) STRICT, WITHOUT ROWID
      """,
    ]
  ]
}
