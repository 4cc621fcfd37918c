import Bench
import Datasets
import Files
import Foundation
import VectorCore

/// `recallbench datasets make`: makes a synthetic dataset of any size, with its true neighbours.
enum DatasetsMakeCommand: Command {
  /// The kinds of data that can be made.
  private enum Kind: String, CaseIterable {
    case clustered
  }

  static let description = CommandDescription(
    "datasets make", "make a synthetic dataset of any size, with its true neighbours",
    arguments: [Argument(.choice("KIND", of: Kind.self), "the kind of data")],
    options: [
      Option("--rows", .integer("N", 1...Int(Int32.max)), required: true, "the vectors to index"),
      Option("--dim", .integer("D", 1...65_536), default: "96", "components of a vector"),
      Option("--queries", .integer("N", 1...Int(Int32.max)), default: "1000", "the queries"),
      Option("--clusters", .integer("N", 1...1_000_000), "clusters; the square root of --rows when it is not given"),
      Option("-k", .integer("N", 1...65_536), default: "100", "true neighbours of each query, at most --rows"),
      Option("--metric", .choice("NAME", of: DatasetMetric.self), default: "euclidean", "the metric"),
      Option("--seed", .integer("N", 0...Int.max), default: "1", "the seed of all randomness"),
      Option("--threads", .integer("N", 1...1_024), "threads that work; all cores when it is not given"),
      Option("--out", .file("FILE"), required: true, "the HDF5 file to write"),
      Option("--force", .flag, "replace FILE when it exists already"),
      Option("--quiet", .flag, "show no progress and no summary"),
    ],
    notes: """
      clustered: Gaussian clusters of different sizes that overlap. Each has a centre and a subspace of 16 dimensions of
      its own, so that indexes find structure as in embeddings. A seed makes the same bytes on every machine.

      The vectors are made, searched and written in blocks: the memory needed is that of a block, of --clusters times
      17 vectors, and of the answers.
      """,
    examples: [
      "datasets make clustered --rows 10M --dim 96 --out rows-10m.hdf5",
      "datasets make clustered --rows 20k --queries 100 --out small.hdf5",
    ])

  /// The metrics for which Gaussian data make sense.
  private enum DatasetMetric: String, CaseIterable {
    case euclidean, angular, dot
  }

  /// The bytes of a block of vectors.
  private static let blockSize = 256 << 20

  static func run(_ arguments: Arguments) throws {
    let target = arguments.text("--out") ?? ""
    guard ["hdf5", "h5"].contains(URL(filePath: target).pathExtension.lowercased()) else {
      throw UsageError.invalidValue(option: "--out", value: target, expected: "a name that ends with .hdf5 or .h5")
    }
    try NewFile.check(arguments)
    func number(_ option: String) -> Int { arguments.integer(option) ?? 1 }
    let (rows, dimension, k) = (number("--rows"), number("--dim"), number("-k"))
    guard k <= rows else {
      throw UsageError.invalidValue(option: "-k", value: "\(k)", expected: "at most --rows, which is \(rows)")
    }
    let metric = arguments.text("--metric").flatMap(Metric.init(rawValue:)) ?? .euclidean
    let threads = arguments.integer("--threads") ?? UsableProcessors.count
    let vectors = ClusteredVectors(
      ClusteredVectors.Shape(
        rows: rows, dimension: dimension, queries: number("--queries"), clusters: arguments.integer("--clusters")),
      seed: UInt64(number("--seed")))
    let line = ProgressLine(isShown: !arguments.has("--quiet"))
    defer { line.end() }
    line.begin("true neighbours")
    var truth = BlockwiseGroundTruth(queries: vectors.queries(threads: threads), metric: metric, k: k, threads: threads)
    let blockRows = max(k, Self.blockSize / (4 * dimension))
    for first in stride(from: 0, to: rows, by: blockRows) {
      let end = min(first + blockRows, rows)
      try truth.add(vectors.rows(first..<end, threads: threads))
      line.draw("true neighbours among \(end) of \(rows) rows")
    }
    try vectors.write(to: target, metric: metric, groundTruth: truth.groundTruth, threads: threads) {
      part, written, total in
      line.draw("\(part)  \(written) of \(total) rows")
    }
    line.end()
    if !arguments.has("--quiet") {
      try Console.print(
        "\(target): \(rows) × \(dimension), \(metric.rawValue), \(vectors.shape.queries) queries with "
          + "\(k) true neighbours each\n")
    }
  }
}
