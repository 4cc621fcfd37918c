import Bench
import Datasets
import Files
import Foundation
import Reports
import VectorIndexes

/// `recallbench bench`: flat, ivf-flat and ivf-pq at equal recall, beside faiss where Python has it.
enum BenchCommand: Command {
  static let description = CommandDescription(
    "bench", "measure flat, ivf-flat and ivf-pq at fixed recalls, beside faiss where Python has it",
    options: [
      Option(
        "--dataset", .dataset("NAME|FILE"), given: .list,
        "\(DatasetSource.meaning); the two that come with the program when it is not given"),
      Option("-k", .integer("N", 1...65_536), default: String(SuiteOptions().k), "neighbours to find"),
      Option("--runs", .integer("N", 1...1_000), default: String(SuiteOptions().rounds), "timed rounds"),
      Option("--queries", .integer("N", 1...Int.max), default: "1000", "use only the first N queries"),
      Option(
        "--nlist", .integer("N", 1...1 << 24),
        "clusters of ivf-flat and ivf-pq; the power of two nearest to √rows when it is not given"),
      Option(
        "--build-threads", .integer("N", 1...1_024), default: String(SuiteOptions().buildThreads),
        "threads that train and insert"),
      Option("--peer", .file("SCRIPT"), default: "Tests/Peers/faiss_peer.py", "the Python script that runs faiss"),
      Option("--csv", .file("FILE"), "also write the figures as CSV"),
      DatasetSource.folderOption,
      DebugBuild.option,
    ],
    notes: """
      Searches run on one thread, once with one query in each call and once with all queries in one call. The speed at a
      recall is interpolated between values of nprobe (and, for ivf-pq, of refine: 4, 10 and 20), and never extrapolated.

      ivf-pq, with its defaults and with spill=on, is compared with faiss's 4-bit fast scan with m = dimension / 2. Both
      sides take turns at every figure. The ratio is ours divided by theirs, round by round: above 1 is better for speed,
      and below 1 for building.

      The environment variable PEERS_PYTHON names a Python with numpy, h5py and faiss-cpu; python3 is used without it.
      """,
    examples: ["bench", "bench --dataset photo-sift-20k-128-euclidean --csv bench.csv"])

  static let shippedDatasets = ["photo-sift-20k-128-euclidean", "debian-minilm-4k-384-angular"]

  static func run(_ arguments: Arguments) throws {
    try DebugBuild.refuse(unless: arguments)
    var options = SuiteOptions()
    options.k = arguments.integer("-k") ?? options.k
    options.rounds = arguments.integer("--runs") ?? options.rounds
    options.buildThreads = arguments.integer("--build-threads") ?? options.buildThreads
    options.nlist = arguments.integer("--nlist")
    let file = try arguments.text("--csv").map { path throws(OutputError) in try OutputFile(path) }
    let named = arguments.all("--dataset")
    let source = DatasetSource(arguments)
    let line = ProgressLine(isShown: true)
    defer { line.end() }
    let script = arguments.text("--peer") ?? ""
    var results: [SuiteResult] = []
    for name in named.isEmpty ? shippedDatasets : named {
      line.begin("loading \(name)")
      let dataset = try source.load(name, queries: arguments.integer("--queries"))
      line.end()
      let suite = try suite(dataset, options, script: script)
      let result = try suite.run { line.draw($0) }
      results.append(result)
      line.end()
      try Console.print(SuiteExporter.text(result) + "\n")
    }
    try file?.write(SuiteExporter.csv(results))
    try Console.print(try overhead())
  }

  /// The suite with a peer; without one, and a line that says why, where there is none for this dataset.
  private static func suite(
    _ dataset: Dataset, _ options: SuiteOptions, script: String
  ) throws(BenchError) -> Suite {
    do throws(BenchError) {
      let interpreter = ProcessInfo.processInfo.environment["PEERS_PYTHON"] ?? "python3"
      return try Suite(dataset, options: options, peer: Peer(interpreter: interpreter, script: script))
    } catch {
      guard case .peer(let problem) = error else { throw error }
      Console.note("no peer: \(problem)\n")
      return try Suite(dataset, options: options)
    }
  }

  private static func overhead() throws(IndexError) -> String {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let figures = try (cores > 1 ? [1, cores] : [1]).map { threads throws(IndexError) in
      String(
        format: "%.0f ns with %d thread\(threads == 1 ? "" : "s")", try HarnessOverhead.measure(threads: threads),
        threads)
    }
    return "harness: beside the timed call a query costs \(figures.joined(separator: ", "))\n"
  }
}
