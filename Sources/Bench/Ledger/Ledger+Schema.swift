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
    ],
    // Every run keeps the cells that it measured, and may have a tag and a partner.
    [
      "ALTER TABLE run ADD COLUMN tag TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE run ADD COLUMN paired_with INTEGER REFERENCES run (id)",
      """
      CREATE TABLE cell_of_run (
        key TEXT NOT NULL,
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
        PRIMARY KEY (key, run),
        CHECK ((status = 'ok') = (measurement_json IS NOT NULL) AND (status = 'ok') = (raw_file IS NOT NULL))
      ) STRICT, WITHOUT ROWID
      """,
      """
      CREATE TABLE round_of_run (
        cell TEXT NOT NULL,
        run INTEGER NOT NULL,
        number INTEGER NOT NULL,
        seconds REAL NOT NULL,
        qps REAL NOT NULL,
        p99_ms REAL NOT NULL,
        stolen_seconds REAL NOT NULL,
        busy_seconds REAL NOT NULL,
        own_seconds REAL NOT NULL,
        mhz REAL,
        PRIMARY KEY (cell, run, number),
        FOREIGN KEY (cell, run) REFERENCES cell_of_run (key, run)
      ) STRICT, WITHOUT ROWID
      """,
      "INSERT INTO cell_of_run SELECT * FROM cell",
      """
      INSERT INTO round_of_run
      SELECT cell, run, number, seconds, round.qps, p99_ms, stolen_seconds, busy_seconds, own_seconds, mhz
      FROM round JOIN cell ON cell.key = round.cell
      """,
      "DROP TABLE round",
      "DROP TABLE cell",
      "ALTER TABLE cell_of_run RENAME TO cell",
      "ALTER TABLE round_of_run RENAME TO round",
      "CREATE INDEX cell_by_run ON cell (run)",
    ],
  ]
}
