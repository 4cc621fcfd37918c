import Datasets
import Files
import Foundation
import VectorCore

/// Datasets that a command line puts together from files, without a dataset file.
enum DatasetOptions {
  private static let (train, test, neighbors) = ("--train", "--test", "--neighbors")
  private static let (distance, testSize) = ("--distance", "--test-size")
  private static let cache = "--cache"

  static let all = [
    Option(train, .file("FILE"), "the vectors to index, in place of --dataset: a table such as base.npy"),
    Option(test, .file("FILE"), "the queries; without it they are drawn from --train, and taken out of it"),
    Option(neighbors, .file("FILE"), "the true neighbours of the queries; without it they are computed"),
    Option(
      distance, .text("NAME"),
      "the distance of --train, or of a --dataset that is a single table: \(MetricSpelling.allNames); "
        + "angular where all vectors have length 1, and otherwise euclidean, when it is not given"),
    Option(
      testSize, .integer("N", 1...Int(Int32.max)),
      "how many queries are drawn; a tenth of the vectors and at most 1000 when it is not given"),
    Option(
      cache, .folder("DIR"), variable: CacheFolder.variable,
      "the folder where computed neighbours are kept for other runs; ~/.cache/recallbench when it is not given"),
  ]

  static func cacheFolder(_ arguments: Arguments) -> String { arguments.text(cache) ?? CacheFolder.current }

  /// The datasets that are asked for, as names and paths.
  ///
  /// - Throws: `UsageError` for options that do not go together.
  static func datasets(_ arguments: Arguments) throws(UsageError) -> [String] {
    var metric: Metric?
    if let spelling = arguments.text(distance) {
      metric = MetricSpelling.metric(spelling)
      guard metric != nil else {
        throw .invalidValue(
          option: distance, value: spelling, expected: "one of \(MetricSpelling.allNames)")
      }
    }
    let size = arguments.integer(testSize)
    let named = arguments.all("--dataset")
    let tables = named.filter(DatasetParts.isTable)
    let base = arguments.text(train)
    if base != nil, !named.isEmpty { throw .conflictingOptions("--dataset", train) }
    if base == nil {
      for option in [test, neighbors] where arguments.has(option) { throw .missingOption("\(train) beside \(option)") }
      for option in [distance, testSize] where arguments.has(option) && tables.isEmpty {
        throw .missingOption("\(train), or a --dataset that is a single table, beside \(option)")
      }
    }
    if let count = size, let queries = arguments.text(test) {
      throw .invalidValue(option: testSize, value: "\(count)", expected: "no \(test) \(queries) beside it")
    }
    if arguments.has(neighbors), !arguments.has(test) { throw .missingOption("\(test) beside \(neighbors)") }
    var parts: [DatasetParts] = []
    if let base {
      parts.append(
        DatasetParts(
          train: base, test: arguments.text(test), testSize: size, neighbors: arguments.text(neighbors), metric: metric)
      )
    }
    let isSplit = metric != nil || size != nil
    if isSplit { parts += tables.map { DatasetParts(train: $0, testSize: size, metric: metric) } }
    var datasets = isSplit ? named.filter { !DatasetParts.isTable($0) } : named
    for part in parts {
      // A cache that cannot be written to does not keep anybody from measuring.
      if let path = try? part.write(below: "\(cacheFolder(arguments))/datasets") {
        datasets.append(path)
        continue
      }
      do throws(DatasetError) {
        // A folder of this user: that of another one cannot be written to.
        datasets.append(try part.write(below: "\(NSTemporaryDirectory())/recallbench-datasets-\(getuid())"))
      } catch {
        throw .invalidValue(
          option: cache, value: cacheFolder(arguments), expected: "a folder that can be written to (\(error))")
      }
    }
    return datasets
  }
}
