import TestSupport
import VectorCore

@testable import VectorIndexes

extension ParameterTrial {
  /// What became of a trial.
  enum Outcome {
    /// Made, trained, filled and searched.
    case searched
    /// Made, but there were too few vectors to train on.
    case untrained
  }

  /// The distances of all that a filter accepts, query by query.
  private struct Truth {
    let filter: Filter?
    let distances: [[UInt64: Double]]
  }

  /// What should not have happened.
  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  private static let storedRows = 50

  /// Makes the index, trains it, inserts, replaces and removes, and searches one by one, in batches and with filters.
  ///
  /// - Parameter folder: for the file of an index that lives in one.
  /// - Throws: `Failure` for an answer that is not right, and the error that was not due.
  mutating func run(in folder: String) throws -> Outcome {
    let index = try make(in: folder)
    var generator = SeededGenerator(seed: seed ^ 0xF0)
    let vectors = kind.matrix(Self.storedRows + 20, dimension: dimension, seed: seed ^ 0xF1)
    if let index = index as? any TrainableIndex, !(index is any SelfTrainingIndex) || seed % 2 == 0 {
      guard try train(index) else { return .untrained }
    }
    var reference = BruteForce(metric: metric)
    try fill(index, with: vectors, &reference, using: &generator)
    if let index = index as? any TrainableIndex, generator.next(below: 2) == 0 {
      do throws(IndexError) { try index.retrain(threads: 2) } catch {
        guard case .tooFewVectors = error else { throw error }
      }
    }
    let zero = [Float](repeating: 0, count: dimension)
    let queries = Matrix((Self.storedRows..<Self.storedRows + 2).map(vectors.array) + [vectors.array(0), zero])
    let truths = [nil, Filter.equal("third", .boolean(true))].map { filter in
      Truth(filter: filter, distances: (0..<queries.rows).map { reference.distances(from: queries.array($0), filter) })
    }
    for index in try [index] + readers(of: index) {
      guard index.count == reference.entries.count else {
        throw Failure("\(index.count) stored, not \(reference.entries.count)")
      }
      for settings in searches { try search(index, settings, queries, truths) }
    }
    return .searched
  }

  /// Makes the index; values that do not go together are refused by name and replaced by defaults.
  private mutating func make(in folder: String) throws -> any MutableVectorIndex {
    while true {
      do throws(IndexError) {
        let parameters = try buildParameters()
        if let type = (type as? any StorableIndex.Type)?.persistentType(for: parameters) {
          return try type.open(
            at: "\(folder)/\(seed).lmdb", dimension: dimension, metric: metric, parameters: parameters, seed: seed)
        }
        let index = try type.init(dimension: dimension, metric: metric, parameters: parameters, seed: seed)
        guard let index = index as? any MutableVectorIndex else { preconditionFailure("every index takes vectors") }
        return index
      } catch {
        guard case .invalidParameter(let name, _, _) = error, reset(name) else { throw error }
      }
    }
  }

  /// Trains the index; false where that takes more vectors, and nothing has changed.
  private func train(_ index: any TrainableIndex) throws -> Bool {
    do throws(IndexError) {
      try index.train(kind.matrix(trainingRows, dimension: dimension, seed: seed ^ 0xF2), threads: 2)
      return true
    } catch {
      guard case .tooFewVectors = error, !index.isTrained else { throw error }
      return false
    }
  }

  private func fill(
    _ index: any MutableVectorIndex, with vectors: Matrix, _ reference: inout BruteForce,
    using generator: inout SeededGenerator
  ) throws {
    let metadata = (0..<Self.storedRows).map { row -> Metadata in row % 3 == 0 ? ["third": .boolean(true)] : [:] }
    let split = generator.next(below: Self.storedRows)
    try index.insertBatch(
      ids: (0..<split).map(UInt64.init), vectors: vectors[rows: 0..<split], metadata: Array(metadata[..<split]),
      onConflict: .fail, threads: 2)
    for row in split..<Self.storedRows {
      try index.insert(id: UInt64(row), vector: vectors.array(row), metadata: metadata[row])
    }
    for row in 0..<Self.storedRows {
      reference.insert(id: UInt64(row), vector: vectors.array(row), metadata: metadata[row])
    }
    for _ in 0..<8 {
      let id = UInt64(generator.next(below: Self.storedRows))
      guard try index.remove(id: id) == reference.remove(id: id) else { throw Failure("id \(id) is removed wrongly") }
    }
    for _ in 0..<4 {
      let (id, row) = (UInt64(generator.next(below: Self.storedRows)), Self.storedRows + generator.next(below: 20))
      try index.insert(id: id, vector: vectors.array(row), onConflict: .replace)
      reference.insert(id: id, vector: vectors.array(row))
    }
  }

  /// What else shows what is stored: a snapshot of an index in a file.
  private func readers(of index: any MutableVectorIndex) throws(IndexError) -> [any MutableVectorIndex] {
    guard let index = index as? any PersistentIndex else { return [] }
    try index.commit()
    return [try index.snapshot()]
  }

  private func search(
    _ index: any MutableVectorIndex, _ settings: [String: String], _ queries: Matrix, _ truths: [Truth]
  ) throws {
    let declaration = type.declaration
    let parameters = SearchParameters(
      try Parameters(settings, declared: declaration.search, kind: declaration.kind), metric: metric)
    let scratch = index.makeScratch()
    for k in [-1, Int.min] { try expectRefused(k, index, parameters, queries, scratch) }
    for truth in truths {
      let filter = truth.filter
      for k in [0, 1, 7, index.count + 13, .max] {
        var expected = NeighborBatch(k: k, reserving: 0)
        for row in 0..<queries.rows {
          var answer = TopK(k: 0)
          try index.search(
            queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
          try check(answer.neighbors, k: k, settings, truth.distances[row], isFiltered: filter != nil)
          if k < .max { expected.append(answer) }
        }
        guard k < .max else { continue }
        var answers = NeighborBatch(k: k, reserving: queries.rows)
        try index.searchBatch(
          queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answers)
        guard answers.ids == expected.ids, answers.distances == expected.distances, answers.counts == expected.counts
        else { throw Failure("a batch for k = \(k) is answered otherwise than its queries one by one: \(settings)") }
      }
    }
  }

  private func expectRefused(
    _ k: Int, _ index: any MutableVectorIndex, _ parameters: SearchParameters, _ queries: Matrix,
    _ scratch: SearchScratch
  ) throws {
    let due = IndexError.invalidParameter(name: "k", value: String(k), expected: "an integer, at least 0")
    for isBatch in [false, true] {
      do throws(IndexError) {
        if isBatch {
          var answers = NeighborBatch(k: k, reserving: queries.rows)
          try index.searchBatch(
            queries, k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answers)
        } else {
          var answer = TopK(k: 0)
          try index.search(
            queries[row: 0], k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
        }
      } catch {
        guard error == due else { throw error }
        continue
      }
      throw Failure("k = \(k) is not refused")
    }
  }

  /// Stored ids, each once, accepted by the filter, in order, at their distances as far as these are measured, and as
  /// many as were asked for where all vectors are looked at.
  private func check(
    _ found: [Neighbor], k: Int, _ settings: [String: String], _ truth: [UInt64: Double], isFiltered: Bool
  ) throws {
    func fail(_ what: String) throws { throw Failure("\(what), k = \(k), \(settings), filtered: \(isFiltered)") }
    guard found.count <= min(k, truth.count) else { return try fail("\(found.count) neighbours of \(truth.count)") }
    let looksAtAll = type == FlatIndex.self || (settings["nprobe"].flatMap(Int.init) ?? 0) > 1000
    if looksAtAll, found.count < min(k, truth.count) { try fail("only \(found.count) neighbours of \(truth.count)") }
    guard Set(found.map(\.id)).count == found.count else { return try fail("an id twice") }
    guard zip(found, found.dropFirst()).allSatisfy({ $0.distance <= $1.distance }) else { return try fail("no order") }
    let tolerance = self.tolerance(settings) * (1 + (truth.values.map(abs).max() ?? 0))
    for neighbor in found {
      guard let distance = truth[neighbor.id] else { return try fail("\(neighbor) is not stored, or not accepted") }
      if abs(Double(neighbor.distance) - distance) > tolerance || neighbor.distance.isNaN {
        try fail("\(neighbor) is at \(distance)")
      }
    }
  }

  /// By how much a distance may be off, as a share of the largest: not at all where it is measured on stored floats.
  private func tolerance(_ settings: [String: String]) -> Double {
    guard type != FlatIndex.self, type != IVFFlatIndex.self else { return 1e-5 }
    if settings["refine"] == "0" { return .infinity }
    return switch build["refine_store"] {
    case "none": .infinity
    case "sq8": 3e-2
    case "f16": 3e-3
    default: 1e-5
    }
  }
}

extension BruteForce {
  /// The distances of all accepted vectors.
  fileprivate func distances(from query: [Float], _ filter: Filter?) -> [UInt64: Double] {
    Dictionary(uniqueKeysWithValues: ranking(of: query, filter: filter).map { ($0.id, $0.distance) })
  }
}
