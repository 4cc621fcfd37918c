import Foundation
import VectorCore
import VectorSearch

/// Checks of searches whose answers must be equal.
extension CheckRun {
  func checkDeterminism() throws {
    let stored = vectors(300, .clustered, stream: 1)
    let queries = vectors(20, .clustered, stream: 2)
    // The default parameters are checked too, because the choice of the searched vectors must be deterministic as well.
    let defaults = try SearchParameters(Parameters(declared: Index.declaration.search, kind: Index.declaration.kind))
    func answers(threads: Int) throws -> [[Neighbor]] {
      situation = "300 vectors were inserted, some removed, the index trained again, with threads = \(threads)"
      let index = try setup.makeFilled(with: stored, seed: seed, threads: threads)
      for id in stride(from: UInt64(0), to: 300, by: 7) { try index.remove(id: id) }
      if let trainable = index as? any TrainableIndex { try trainable.retrain(threads: threads) }
      return try (0..<queries.rows).flatMap { row in
        [
          try find(queries.array(row), k: 300, in: index),
          try index.find(queries.array(row), k: 10, parameters: defaults),
        ]
      }
    }
    let first = try answers(threads: 1)
    expectEqual(try answers(threads: 1), first, "answers, against those of an equal index that was made before")
    expectEqual(try answers(threads: 2), first, "answers, against those with threads = 1")
  }

  /// Checks that the answers of a batch equal those of single searches, for searches of all vectors and of a part.
  func checkBatches() throws {
    situation = "600 vectors are stored"
    let index = try makeReady()
    try index.insertBatch(
      ids: (0..<600).map(UInt64.init), vectors: vectors(600, .clustered, stream: 1),
      metadata: (0..<600).map { ["third": .boolean($0 % 3 == 0)] }, onConflict: .fail, threads: 1)
    // Some queries are equal.
    let all = vectors(17, .clustered, stream: 2).gathering((0..<140).map { $0 % 17 })
    let scratch = index.makeScratch()
    for settings in [[:]] + setup.partial {
      let parameters = try setup.searchParameters(settings)
      for (k, filter) in [(7, nil), (1, nil), (700, nil), (7, Filter.equal("third", .boolean(true)))] {
        let filtered = filter == nil ? "" : ", filter third = true"
        // More than one tile, and in one case more than indexes answer together.
        let count = k == 7 && filter == nil ? 140 : 20
        let queries = all[rows: 0..<count]
        let what = "batch of \(count) queries with \(shown(settings)), k = \(k)\(filtered)"
        var answers = NeighborBatch(k: k, reserving: count)
        try index.searchBatch(queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answers)
        var expected = NeighborBatch(k: k, reserving: count)
        var answer = TopK(k: 0)
        for row in 0..<queries.rows {
          try index.search(
            queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
          expected.append(answer)
        }
        expectSameBatch(answers, expected, what)
        expect(answers.distanceComputations > 0, "\(what): expected distanceComputations above 0, found 0")
      }
    }
  }

  private func expectSameBatch(_ found: NeighborBatch, _ expected: NeighborBatch, _ what: String) {
    guard found.queries == expected.queries else {
      return record("\(what): expected answers to \(expected.queries) queries, found \(found.queries)")
    }
    func answer(_ batch: NeighborBatch, _ row: Int) -> [Neighbor] {
      (row * batch.k..<row * batch.k + batch.counts[row]).map {
        Neighbor(distance: batch.distances[$0], sequence: 0, id: batch.ids[$0])
      }
    }
    for row in 0..<expected.queries where answer(found, row) != answer(expected, row) {
      let (own, right) = (answer(found, row), answer(expected, row))
      let place = zip(own, right).enumerated().first { $1.0 != $1.1 }?.offset
      let detail =
        place.map { place in
          "expected id \(right[place].id) at \(right[place].distance) at place \(place), found id \(own[place].id) at "
            + "\(own[place].distance)"
        } ?? "expected \(right.count) neighbours, found \(own.count)"
      return record("\(what): query \(row), against a search for it alone: \(detail)")
    }
  }

  func checkConcurrentSearches() throws {
    let threads = 4
    situation = "200 vectors are stored, \(threads) threads search for 64 queries each at once"
    let index = try makeFilled(with: vectors(200, .clustered, stream: 1))
    let queries = vectors(64, .clustered, stream: 2)
    let parameters = try setup.searchParameters()
    let expected = try (0..<queries.rows).map { try find(queries.array($0), k: 10, in: index) }
    let faults = ConcurrentFaults()
    try SystemThread.runTogether(threads) { thread in
      let scratch = index.makeScratch()
      var answer = TopK(k: 10)
      for place in 0..<queries.rows {
        // The threads begin at different queries, and sometimes search the same one.
        let row = (place + thread * 16) % queries.rows
        do throws(IndexError) {
          try index.search(
            queries[row: row], k: 10, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
          if answer.neighbors != expected[row] { faults.add(row, nil) }
        } catch {
          faults.add(row, error)
        }
      }
    }
    let (differing, thrown, error) = faults.all
    let searches = threads * queries.rows
    expect(
      differing.isEmpty,
      "expected the answers that one thread gets, found \(differing.count) of \(searches) different, one of them to query "
        + "\(differing.min() ?? 0)")
    if let error { record("expected no error, found \(text(of: error)) in \(thrown) of \(searches) searches") }
  }
}

/// The wrong answers and errors of searches on several threads.
///
/// `@unchecked Sendable`: a lock guards the values.
private final class ConcurrentFaults: @unchecked Sendable {
  private let lock = NSLock()
  private var differing: [Int] = []
  private var thrown = 0
  private var firstError: IndexError?

  /// Records a wrong answer to a query, or an error.
  func add(_ query: Int, _ error: IndexError?) {
    lock.withLock {
      if let error {
        thrown += 1
        firstError = firstError ?? error
      } else {
        differing.append(query)
      }
    }
  }

  /// The queries with wrong answers, the number of errors and the first error.
  var all: ([Int], Int, IndexError?) { lock.withLock { (differing, thrown, firstError) } }
}
