import Datasets
import Foundation
import VectorCore

/// The ids that an index returned in one round, each with the distance that the harness computed itself.
public struct JudgedAnswers: Sendable {
  /// The verdict on one place of an answer.
  public enum Verdict: UInt8, Sendable {
    /// A row of the dataset that occurs for the first time in this answer.
    case valid
    /// An id that occurs earlier in this answer.
    case duplicate
    /// An id that is no row of the dataset.
    case outOfRange
    /// No id, because fewer than k were returned.
    case missing
  }

  /// The number of places in an answer.
  public let k: Int
  /// The returned row numbers, row-major, q × k; −1 where missing, the largest number for ids beyond Int32.
  public let rows: [Int32]
  /// The distances in the dataset's metric, row-major, q × k; infinite for every id that is not valid.
  public private(set) var distances: [Float]
  /// The verdicts, row-major, q × k.
  public private(set) var verdicts: [Verdict]

  /// The number of answered queries.
  public var queries: Int { verdicts.count / k }
}

extension JudgedAnswers {
  /// Judges every returned id.
  ///
  /// - Complexity: O(q·k·d), on all cores.
  init(_ round: Round, of dataset: Dataset) { self.init(rows: round.rows, k: round.k, of: dataset) }

  /// Judges row numbers in the layout of `Round.rows`.
  init(rows: [Int32], k: Int, of dataset: Dataset) {
    self.k = k
    self.rows = rows
    distances = Array(repeating: .infinity, count: rows.count)
    verdicts = Array(repeating: .missing, count: rows.count)
    distances.withUnsafeMutableBufferPointer { distances in
      verdicts.withUnsafeMutableBufferPointer { verdicts in
        // Each chunk writes only the places of its own queries.
        let (distances, verdicts) = (Disjoint(distances), Disjoint(verdicts))
        let cores = UsableProcessors.count
        parallelChunks(of: rows.count / k, chunk: 64, threads: cores) { _, queries in
          var seen: Set<Int32> = []
          for query in queries {
            seen.removeAll(keepingCapacity: true)
            for place in query * k..<(query + 1) * k {
              verdicts[place] = Self.verdict(rows[place], trainRows: dataset.train.rows, seen: &seen)
              guard verdicts[place] == .valid else { continue }
              distances[place] = Float(
                dataset.metric.referenceDistance(dataset.test[row: query], dataset.train[row: Int(rows[place])]))
            }
          }
        }
      }
    }
  }

  /// Restores stored answers, including their distances.
  ///
  /// - Complexity: O(q·k).
  init(rows: [Int32], distances: [Float], k: Int, trainRows: Int) {
    self.k = k
    self.rows = rows
    self.distances = distances
    var seen: Set<Int32> = []
    verdicts = rows.enumerated().map { place, row in
      if place % k == 0 { seen.removeAll(keepingCapacity: true) }
      return Self.verdict(row, trainRows: trainRows, seen: &seen)
    }
  }

  /// - Parameter seen: the rows that precede this one in the same answer; a valid row is added.
  static func verdict(_ row: Int32, trainRows: Int, seen: inout Set<Int32>) -> Verdict {
    if row < 0 { return .missing }
    if Int(row) >= trainRows { return .outOfRange }
    return seen.insert(row).inserted ? .valid : .duplicate
  }
}
