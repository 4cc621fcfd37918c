import Foundation
import VectorCore
import VectorIndexes

/// A small search that is the same on every node, by which the speeds of nodes are compared.
enum ReferenceSearch {
  private static let (rows, dimension, queries, rounds) = (4_096, 64, 16, 10)

  /// The time of the fastest round in seconds, which other programs disturb least: exact search of 16 queries among 4,096
  /// vectors of 64 components.
  static func seconds() -> Double {
    var random = SeededGenerator(seed: 1)
    func vectors(_ count: Int) -> Matrix {
      Matrix(rows: count, columns: dimension) { floats in
        for place in floats.indices { floats.initializeElement(at: place, to: Float(random.nextUnit())) }
      }
    }
    let (train, test) = (vectors(rows), vectors(queries))
    do throws(IndexError) {
      let index = try FlatIndex(dimension: dimension, metric: .euclidean)
      try index.insertBatch(
        ids: Array(0..<UInt64(rows)), vectors: train, metadata: [], onConflict: .fail, threads: 1)
      let parameters = SearchParameters(
        try Parameters(declared: FlatIndex.declaration.search, kind: FlatIndex.declaration.kind), metric: .euclidean)
      var times: [Double] = []
      for _ in 0..<rounds {
        var answers = NeighborBatch(k: 10, reserving: queries)
        let start = ContinuousClock.now
        try index.searchBatch(
          test, k: 10, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &answers)
        times.append((ContinuousClock.now - start) / .seconds(1))
      }
      return times.min() ?? 0
    } catch {
      preconditionFailure("the exact index takes any vectors: \(error)")
    }
  }

  /// The least difference between two times of the search that is told.
  static let tolerance = 0.1

  /// The nodes on which the search takes unusually long or short: by a tenth of the median of the other nodes.
  ///
  /// - Parameter times: the times of each node, in seconds.
  /// - Returns: each such node with the difference as a share; negative for a faster one.
  static func unusual(_ times: [String: [Double]]) -> [String: Double] {
    let medians = times.filter { !$0.value.isEmpty }.mapValues(Dispersion.median)
    guard medians.count >= 3 else { return [:] }
    var unusual: [String: Double] = [:]
    for (node, time) in medians {
      let others = Dispersion.median(medians.filter { $0.key != node }.map(\.value))
      let share = time / others - 1
      if abs(share) > tolerance { unusual[node] = share }
    }
    return unusual
  }
}
