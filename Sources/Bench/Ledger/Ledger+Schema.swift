extension Ledger {
  /// The statements that migrate a file from each version to the next; the file's `user_version` counts those already
  /// done.
  ///
  /// The columns beside the JSON are for queries by hand; the program reads the JSON.
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
    // A run has only the cells that it measured. A run that continued an interrupted one takes over the cells of that
    // one; cells that it had only found in finished runs stay with those runs.
    [
      "ALTER TABLE cell ADD COLUMN limits_json TEXT NOT NULL DEFAULT '{}'",
      """
      CREATE TEMPORARY TABLE taken AS
      SELECT cell.key AS key, run.id AS run, MAX(cell.run) AS origin
      FROM run CROSS JOIN cell ON cell.run < run.id
      WHERE EXISTS (SELECT 1 FROM run AS before WHERE before.id = run.id - 1 AND before.ended IS NULL)
        AND NOT EXISTS (
          SELECT 1 FROM run AS earlier
          WHERE earlier.id >= cell.run AND earlier.id < run.id
            AND (earlier.ended IS NOT NULL OR earlier.tag <> run.tag OR earlier.paired_with IS NOT NULL))
        AND instr(run.keys, cell.key) > 0
        AND NOT EXISTS (SELECT 1 FROM cell AS own WHERE own.key = cell.key AND own.run = run.id)
      GROUP BY cell.key, run.id
      """,
      """
      INSERT INTO cell
      SELECT cell.key, taken.run, status, error, finished, dataset, dataset_sha256, variant, label, k, mode, threads,
        seed, recall, qps, raw_file, dataset_json, planned_json, measurement_json, limits_json
      FROM taken JOIN cell ON cell.key = taken.key AND cell.run = taken.origin
      """,
      """
      INSERT INTO round
      SELECT cell, taken.run, number, seconds, qps, p99_ms, stolen_seconds, busy_seconds, own_seconds, mhz
      FROM taken JOIN round ON round.cell = taken.key AND round.run = taken.origin
      """,
      "DROP TABLE taken",
    ],
  ]
}
