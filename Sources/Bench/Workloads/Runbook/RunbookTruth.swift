import Datasets
import Files
import Foundation
import VectorCore

/// The true neighbours at the searching steps of a runbook, in the files of big-ann-benchmarks.
///
/// The file of step 12 with 100 neighbours of each query is `step12.gt100`: the numbers of queries and of neighbours as
/// uint32, the tags of the neighbours as uint32, row-major, and their distances as float32. All numbers are
/// little-endian. The distances are those of this program; a check does not compare them, because tools differ in
/// whether they store squares.
///
/// The published files are computed by DiskANN's `compute_groundtruth`, which takes tag 0 for a missing vector: where tag
/// 0 is among the nearest, the file leaves it out, the later neighbours move up, and the last place has an arbitrary
/// number. A check accepts both. Sources: https://github.com/harsha-simhadri/big-ann-benchmarks,
/// `benchmark/streaming/compute_gt.py`; https://github.com/microsoft/DiskANN, `apps/utils/compute_groundtruth.cpp`.
public struct RunbookTruth {
  private let runbook: Runbook
  private let dataset: Dataset
  private let k: Int
  private let threads: Int

  /// - Parameters:
  ///   - dataset: `train`, `test` and the metric; the ground truth is not used.
  ///   - k: the number of neighbours of each query.
  /// - Throws: `RunbookError` for a runbook that does not suit the dataset.
  public init(
    _ runbook: Runbook, of dataset: Dataset, k: Int, threads: Int = UsableProcessors.count
  ) throws(RunbookError) {
    try runbook.check(rows: dataset.train.rows, k: k)
    self.runbook = runbook
    self.dataset = dataset
    self.k = k
    self.threads = threads
  }

  /// The name of the file of a step.
  public static func fileName(step: Int, k: Int) -> String { "step\(step).gt\(k)" }

  /// The paths of the files of all searching steps.
  public func files(in folder: String) -> [String] {
    runbook.searches.map { "\(folder)/\(Self.fileName(step: $0, k: k))" }
  }

  /// Computes the true neighbours of each searching step and writes its file; one step at a time is in memory.
  ///
  /// - Parameter begin: is called before each step, with its number.
  /// - Returns: the number of files.
  /// - Throws: `BenchError`, `OutputError`.
  /// - Complexity: O(steps · q·n·d).
  public func write(to folder: String, begin: (_ step: Int) -> Void = { _ in }) throws -> Int {
    try forEachStep(begin) { step, stored in
      var data = Data()
      func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
      }
      append(UInt32(dataset.test.rows))
      append(UInt32(k))
      let truth = stored.dataset.groundTruth
      for row in truth.neighbors { append(row < 0 ? UInt32.max : UInt32(stored.tags[Int(row)])) }
      for distance in truth.distances { append(distance.bitPattern) }
      try OutputFile("\(folder)/\(Self.fileName(step: step, k: k))").write(data)
    }
  }

  /// Compares the files of a folder with the true neighbours; one step at a time is in memory.
  ///
  /// A file may name another tag than this program when its vector is equally near.
  ///
  /// - Returns: the number of files.
  /// - Throws: `RunbookTruthError` for the first difference; `BenchError`.
  public func check(_ folder: String, begin: (_ step: Int) -> Void = { _ in }) throws -> Int {
    try forEachStep(begin) { step, stored in
      try check("\(folder)/\(Self.fileName(step: step, k: k))", by: stored)
    }
  }

  private func check(_ path: String, by stored: RunbookDatasets.Stored) throws {
    guard let data = FileManager.default.contents(atPath: path) else { throw RunbookTruthError.missing(path: path) }
    func number(_ place: Int) -> Int {
      Int((0..<4).reduce(UInt32(0)) { $0 | UInt32(data[data.startIndex + 4 * place + $1]) << (8 * UInt32($1)) })
    }
    let truth = stored.dataset.groundTruth
    let (queries, numbers) = (dataset.test.rows, dataset.test.rows * k)
    // The distances may be missing.
    guard data.count >= 8, number(0) == queries, number(1) == k,
      [8 + 4 * numbers, 8 + 8 * numbers].contains(data.count)
    else { throw RunbookTruthError.shape(path: path, bytes: data.count, queries: queries, k: k) }
    for query in 0..<queries {
      let tags = (0..<k).map { number(2 + query * k + $0) }
      // The places of the true neighbours by which the file is judged, in the order of the file.
      var places = (query * k..<(query + 1) * k).filter { truth.neighbors[$0] >= 0 }
      if !tags.dropLast().contains(0) { places.removeAll { stored.tags[Int(truth.neighbors[$0])] == 0 } }
      for (tag, place) in zip(tags, places) where !isAsNear(tag, as: place, of: query, stored) {
        throw RunbookTruthError.differs(
          path: path, query: query, place: place % k, tag: tag, expected: stored.tags[Int(truth.neighbors[place])])
      }
    }
  }

  /// Whether a tag is the true neighbour at a place, or its vector is equally near.
  private func isAsNear(_ tag: Int, as place: Int, of query: Int, _ stored: RunbookDatasets.Stored) -> Bool {
    let truth = stored.dataset.groundTruth
    if tag == stored.tags[Int(truth.neighbors[place])] { return true }
    guard tag < stored.places.count, Int(stored.places[tag]) < stored.dataset.train.rows else { return false }
    let distance = Float(
      dataset.metric.referenceDistance(dataset.test[row: query], stored.dataset.train[row: Int(stored.places[tag])]))
    return abs(distance - truth.distances[place]) <= 1e-5 * max(1, abs(truth.distances[place]))
  }

  /// - Returns: the number of searching steps.
  private func forEachStep(
    _ begin: (Int) -> Void, _ body: (_ step: Int, RunbookDatasets.Stored) throws -> Void
  ) throws -> Int {
    var steps = RunbookDatasets(runbook, of: dataset, files: nil, threads: threads)
    for step in runbook.searches {
      begin(step)
      try body(step, try steps.stored(at: step, k: k))
    }
    return runbook.searches.count
  }
}

/// A difference between a file of true neighbours and those that were computed.
public enum RunbookTruthError: Error, Equatable, Sendable {
  case missing(path: String)
  case shape(path: String, bytes: Int, queries: Int, k: Int)
  /// A neighbour that is not stored at the step, or farther than the true one.
  case differs(path: String, query: Int, place: Int, tag: Int, expected: Int)
}

extension RunbookTruthError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): cannot be read; name the folder of the files with --out, and their neighbours with -k"
    case .shape(let path, let bytes, let queries, let k):
      "\(path): \(bytes) bytes are not the \(k) neighbours of \(queries) queries; use -k and --queries as for the file"
    case .differs(let path, let query, let place, let tag, let expected):
      "\(path): query \(query), neighbour \(place): \(tag), expected \(expected) or a row that is as near; compute the file "
        + "again, or use the dataset and runbook that it belongs to"
    }
  }
}
