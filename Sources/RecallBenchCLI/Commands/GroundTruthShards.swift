import Bench
import Datasets
import Files
import Foundation
import VectorCore

/// The parts of `datasets ground-truth` that search ranges of rows, here or on a cluster, and merge what they find.
struct GroundTruthShards {
  static let rows = Option(
    "--rows", .text("A..B"), "search only the rows A to B - 1, counted from 0, and write the candidates to FILE")
  static let merge = Option(
    "--merge", .file("SHARD"), given: .repeated, "write the true neighbours among the candidates of such files")
  static let shards = Option(
    "--shards", .integer("N", 1...1_000_000),
    "for --on slurm: jobs, each of which searches a range of rows; those of --nodes "
      + "when it is not given")
  static let block = Option(
    "--block", .integer("ROWS", 1...Int(Int32.max)), default: "1M", "rows that --rows and --on slurm hold in memory")
  static let options =
    [rows, merge, shards, block] + ClusterOptions.all.filter { $0.name != ClusterOptions.detach.name }

  private let arguments: Arguments
  private let shard: TruthShard
  private let target: String

  /// - Returns: `nil` when all rows are searched at once, in this process.
  /// - Throws: `UsageError`; `CatalogError` for an unknown dataset.
  init?(_ arguments: Arguments, metric: Metric?) throws {
    let given = [Self.rows.name, Self.merge.name, ClusterOptions.on.name].filter { arguments.has($0) }
    guard let first = given.first else { return nil }
    if given.count > 1 { throw UsageError.conflictingOptions(first, given[1]) }
    self.arguments = arguments
    target = arguments.text("--out") ?? ""
    let (path, entry) = try DatasetSource(arguments).resolve(arguments.positionals[0])
    shard = TruthShard(
      path: URL(filePath: path).standardizedFileURL.path(percentEncoded: false), name: entry?.name, metric: metric,
      metricElse: entry?.metric, k: arguments.integer("-k") ?? 100, queries: arguments.integer("--queries"),
      rows: 0..<(arguments.integer("--limit") ?? .max),
      blockRows: arguments.integer(Self.block.name) ?? TruthShard.defaultBlockRows)
  }

  /// Searches or merges, and writes the file.
  func run(_ line: ProgressLine) throws {
    let isQuiet = arguments.has("--quiet")
    if let text = arguments.text(Self.rows.name) {
      var shard = shard
      shard.rows = try Self.range(text)
      let threads = arguments.integer("--threads") ?? UsableProcessors.count
      let start = ContinuousClock.now
      let candidates = try shard.run(threads: threads) { line.draw("\($0) of \($1) rows") }
      try candidates.write(toFile: target)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let pairs = Double(candidates.queries) * Double(shard.rows.count)
      if !isQuiet {
        let rate = String(format: "%.3g", pairs / seconds)
        try Console.print(
          "\(target): \(candidates.depth) candidates of \(candidates.queries) queries among \(shard.rows.count) rows, "
            + "\(rate) distances a second\n")
      }
      return
    }
    let stream = try shard.open(limit: shard.rows.upperBound)
    guard shard.k <= stream.rows else {
      throw BenchError.tooFewRows(name: stream.name, rows: stream.rows, k: shard.k)
    }
    var paths = arguments.all(Self.merge.name)
    if paths.isEmpty {
      guard let found = try search(stream, line) else { throw CancelledShards() }
      paths = found
    }
    let truth = try TruthShard.merged(
      paths, k: shard.k, queries: stream.queries.rows, rows: stream.rows, metric: stream.metric)
    try stream.write(truth, to: target)
    line.end()
    if !isQuiet {
      try Console.print(
        "\(target): \(truth.depth) neighbours of \(stream.queries.rows) queries among \(stream.rows) rows, "
          + "\(stream.metric.rawValue), of \(paths.count) shards\n")
    }
  }

  private func search(_ stream: VectorStream, _ line: ProgressLine) throws -> [String]? {
    let folder = (target as NSString).deletingLastPathComponent
    guard
      let request = try ClusterOptions.request(arguments, results: folder.isEmpty ? "." : folder)
    else { return nil }
    guard request.submits else {
      throw UsageError.invalidValue(
        option: ClusterOptions.on.name, value: "folder", expected: "slurm; without it, use --rows and --merge")
    }
    let cluster = ClusterTruth(request)
    let cancels = arguments.text(ClusterOptions.interrupt.name) == "cancel"
    let interruption = Interruption { signal in
      line.end()
      if cancels { cluster.cancel() }
      Console.error(
        "interrupted; the jobs \(cancels ? "are cancelled" : "go on"); the same command goes on with what is there")
      _exit(128 + signal)
    }
    defer { withExtendedLifetime(interruption) {} }
    let ranges = TruthShard.ranges(
      of: stream.rows, shards: arguments.integer(Self.shards.name) ?? request.nodes)
    let shards = ranges.map { rows in
      var part = shard
      part.rows = rows
      return part
    }
    let program = Provenance.current(commit: arguments.program.commit)
    return try cluster.run(shards, queries: stream.queries.rows, program: program) { event in
      switch event {
      case .status(let status): line.draw(status.text)
      case .note(let text): line.begin(text)
      case .run: break
      }
    }
  }

  /// Reads `1000..2000`.
  private static func range(_ text: String) throws(UsageError) -> Range<Int> {
    let parts = text.split(separator: "..", omittingEmptySubsequences: false).map { Quantity.count(String($0)) }
    guard parts.count == 2, let first = parts[0], let last = parts[1], first >= 0, first < last else {
      throw .invalidValue(
        option: rows.name, value: text, expected: "two numbers such as 0..1000, the second one greater")
    }
    return first..<last
  }
}

/// Somebody has cancelled jobs that searched for true neighbours.
struct CancelledShards: Error, CustomStringConvertible {
  var description: String { "jobs were cancelled; the same command searches what is missing" }
}
