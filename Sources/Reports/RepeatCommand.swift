import Bench
import Datasets
import Files
import Foundation

/// The command line that repeats the measurement of a cell; for a step of a `drift` or a phase of an
/// `ingest`, that of all of them.
enum RepeatCommand {
  /// The command as it is pasted into a shell, in the folder where the report was written.
  ///
  /// The command says all that makes the cell: nothing is left to defaults, which another version may change. A cell of a
  /// plug-in or of a module of ann-benchmarks, which no option names, is repeated with the whole run.
  ///
  /// - Parameter run: the command line of the run.
  static func text(_ record: CellRecord, run: String) -> String {
    let (cell, options) = (record.planned.cell, record.planned.options)
    if let origin = record.measurement?.origin, origin.interface != .swift, !PeerCatalog.current.has(kind: cell.kind) {
      return run
    }
    var words = [ProgramFiles.current.command, "run"] + words(for: record.dataset.argument) + ["--index", cell.kind]
    // A dataset of the catalog is found again in the folder where it was.
    let folder = (record.dataset.path as NSString).deletingLastPathComponent
    if record.dataset.argument != record.dataset.path,
      !["datasets", ProgramFiles.current.datasets].contains(folder)
    {
      words += ["--datasets", folder]
    }
    for entry in cell.build.entries + cell.search.entries { words += ["--set", "\(entry.name)=\(entry.value)"] }
    words += ["-k", String(options.k)]
    if options.stage?.workload != "ingest" { words += ["--runs", String(options.rounds)] }
    words += ["--queries", String(record.dataset.shape.queries)]
    if let rows = record.dataset.computed?.rows { words += ["--limit", String(rows)] }
    if case .ingest(_, let ingest) = options.stage {
      words += ["--workload", "ingest", "--readers", String(ingest.readers), "--rate", String(ingest.rate)]
      words +=
        ["--write-batch", String(ingest.batchRows)] + (ingest.baseRows.map { ["--base-rows", String($0)] } ?? [])
      words += ["--idle", "\(ingest.idleSeconds)s"]
    } else if case .load(let point) = options.stage {
      words += ["--rate", String(point.rate), "--clients", String(options.threads)]
      words += ["--schedule", point.schedule.rawValue, "--duration", "\(point.seconds)s"]
      words += (point.mix.map { ["--mix", "\($0)"] } ?? [])
    } else {
      if let stage = options.stage { words += ["--workload", stage.workload] }
      if case .filtered(let filter) = options.stage { words += ["--filter", "\(filter)"] }
      if case .runbook(_, _, let runbook) = options.stage { words += ["--runbook", runbook.path] }
      if options.mode == .batch { words.append("--batch") }
      words += ["--threads", String(options.threads)]
    }
    words += ["--build-threads", String(options.buildThreads)]
    words += ["--seed", String(options.seed), "--out", "reports/again"]
    return words.map(quoted).joined(separator: " ")
  }

  /// The options for a dataset: the tables that the run's command line named, where it named tables.
  private static func words(for dataset: String) -> [String] {
    guard let parts = DatasetParts(writtenAt: dataset) else {
      // A comma would separate two datasets.
      return ["--dataset", dataset.replacing(",", with: #"\,"#)]
    }
    let named = [
      ("--train", parts.train), ("--test", parts.test), ("--neighbors", parts.neighbors),
      ("--distance", parts.metric?.rawValue), ("--test-size", parts.testSize.map(String.init)),
    ]
    return named.flatMap { option, value in value.map { [option, $0] } ?? [] }
  }

  /// A word in the quoting that a POSIX shell needs.
  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0)) }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}
