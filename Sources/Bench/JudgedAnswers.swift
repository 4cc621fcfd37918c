import Datasets
import Foundation
import VectorCore

/// The ids an index returned in one round, each with the distance that the harness computed for it itself.
public struct JudgedAnswers: Sendable {
  /// What a place of an answer holds.
  public enum Verdict: UInt8, Sendable {
    /// A row of the dataset, for the first time in this answer.
    case valid
    /// An id that this answer holds already.
    case duplicate
    /// An id that is no row of the dataset.
    case outOfRange
    /// Nothing: fewer than k were returned.
    case missing
  }

  /// Places a query.
  public let k: Int
  /// As returned, row-major, q × k; 0 where missing.
  public private(set) var ids: [UInt64]
  /// In the dataset's metric, row-major, q × k; infinite for all that is not valid.
  public private(set) var distances: [Float]
  /// Row-major, q × k.
  public private(set) var verdicts: [Verdict]

  /// How many queries were answered.
  public var queries: Int { verdicts.count / k }
}

extension JudgedAnswers {
  /// Judges every returned id. - Complexity: O(q·k·d), on all cores.
  init(_ round: Round, of dataset: Dataset) {
    k = round.k
    ids = Array(repeating: 0, count: round.queries * k)
    distances = Array(repeating: .infinity, count: round.queries * k)
    verdicts = Array(repeating: .missing, count: round.queries * k)
    let k = k
    ids.withUnsafeMutableBufferPointer { ids in
      distances.withUnsafeMutableBufferPointer { distances in
        verdicts.withUnsafeMutableBufferPointer { verdicts in
          // Each chunk writes the rows of its own queries.
          let (ids, distances, verdicts) = (Disjoint(ids), Disjoint(distances), Disjoint(verdicts))
          let cores = ProcessInfo.processInfo.activeProcessorCount
          parallelChunks(of: round.queries, chunk: 64, threads: cores) { _, queries in
            var seen: Set<UInt64> = []
            for query in queries {
              seen.removeAll(keepingCapacity: true)
              for (rank, id) in round.answer(query).enumerated() {
                let place = query * k + rank
                ids[place] = id
                if id >= UInt64(dataset.train.rows) {
                  verdicts[place] = .outOfRange
                } else if !seen.insert(id).inserted {
                  verdicts[place] = .duplicate
                } else {
                  verdicts[place] = .valid
                  distances[place] = Float(
                    dataset.metric.referenceDistance(dataset.test[row: query], dataset.train[row: Int(id)]))
                }
              }
            }
          }
        }
      }
    }
  }
}
