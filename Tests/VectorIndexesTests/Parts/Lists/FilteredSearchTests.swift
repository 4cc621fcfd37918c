import IndexConformance
import TestSupport
import Testing
import VectorCore
import VectorSearch

@testable import VectorIndexes

/// Searches with filters against brute force, and how far they go for rare matches.
@Suite struct FilteredSearchTests {
  private static let rows = 900
  private static let vectors: Matrix = {
    var generator = SeededGenerator(seed: 21)
    return Matrix(
      (0..<rows).map { row in (0..<14).map { Float(row % 12 == $0 ? 4 : 0) + Float(generator.nextUnit()) } })
  }()

  /// Row i has `number` i, and every eleventh row has no metadata.
  private static func metadata(_ row: Int) -> Metadata {
    row % 11 == 0 ? [:] : ["number": .integer(Int64(row)), "group": .text("\(row % 12)")]
  }

  /// Filters that accept all, many, some, few, one and no rows, and those of one group of neighbours.
  private static let filters: [Filter] = [
    .and([]), .not(.equal("group", .text("3"))), .less("number", .integer(300)), .less("number", .integer(40)),
    .equal("number", .integer(7)), .equal("number", .integer(11)), .equal("group", .text("5")),
    .and([.equal("group", .text("5")), .less("number", .integer(60))]),
  ]

  private struct Trial: CustomTestStringConvertible, Sendable {
    let kind: String
    let build: [String: String]
    let exhaustive: [String: String]
    var testDescription: String { "\(kind) \(build)" }
  }

  private static let trials = [
    Trial(kind: "flat", build: [:], exhaustive: [:]),
    Trial(kind: "ivf-flat", build: ["nlist": "12"], exhaustive: ["nprobe": "12"]),
    Trial(kind: "ivf-pq", build: ["nlist": "12", "m": "14"], exhaustive: ["nprobe": "12", "refine": "900"]),
    Trial(
      kind: "ivf-pq", build: ["nlist": "12", "m": "14", "spill": "on"],
      exhaustive: ["nprobe": "12", "refine": "900"]),
    Trial(kind: "fractal", build: ["max_leaf": "100"], exhaustive: ["nprobe": "1000", "refine": "900"]),
    Trial(kind: "memtable", build: ["nlist": "12", "m": "14"], exhaustive: ["nprobe": "12", "refine": "900"]),
  ]

  private static func make(_ trial: Trial) throws -> any MutableVectorIndex {
    let type = try IndexCatalog.standard.type(ofKind: trial.kind)
    let known = trial.build.filter { name, _ in type.declaration.build.contains { $0.name == name } }
    let index = try #require(
      try type.init(
        dimension: 14, metric: .euclidean,
        parameters: Parameters(known, declared: type.declaration.build, kind: trial.kind), seed: 1)
        as? any MutableVectorIndex)
    if let trainable = index as? any TrainableIndex, !(index is any SelfTrainingIndex) {
      try trainable.train(vectors, threads: 1)
    }
    try index.insertBatch(
      ids: Array(0..<UInt64(rows)), vectors: vectors, metadata: (0..<rows).map(metadata), onConflict: .fail, threads: 1)
    return index
  }

  private static func search(_ index: some VectorIndex, _ settings: [String: String]) throws -> SearchParameters {
    let declaration = index.declaration
    let known = settings.filter { name, _ in declaration.search.contains { $0.name == name } }
    return SearchParameters(try Parameters(known, declared: declaration.search, kind: declaration.kind))
  }

  @Test(arguments: trials) private func findsTheNearestMatches(_ trial: Trial) throws {
    let index = try Self.make(trial)
    var reference = BruteForce(metric: .euclidean)
    for row in 0..<Self.rows {
      reference.insert(id: UInt64(row), vector: Self.vectors.array(row), metadata: Self.metadata(row))
    }
    let parameters = try Self.search(index, trial.exhaustive)
    let scratch = index.makeScratch()
    var answer = TopK(k: 10)
    func check(_ what: String) throws {
      for filter in Self.filters {
        // Twice, so that the second search finds the filter prepared.
        for row in [0, 0, 451] {
          try index.search(
            Self.vectors[row: row], k: 10, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
          let expected = reference.ranking(of: Self.vectors.array(row), filter: filter).prefix(10)
          #expect(answer.neighbors.map(\.id) == expected.map(\.id), "\(what), \(filter), row \(row)")
        }
      }
    }
    try check("after the build")
    // A change of the rows, or of their metadata alone, is seen by a scratch that knows the filter.
    for row in stride(from: 0, to: Self.rows, by: 7) {
      try index.remove(id: UInt64(row))
      reference.remove(id: UInt64(row))
    }
    try check("after removals")
    for row in 0..<20 {
      let vector = Self.vectors.array(row)
      try index.insert(id: UInt64(row), vector: vector, metadata: ["number": .integer(7)], onConflict: .replace)
      reference.insert(id: UInt64(row), vector: vector, metadata: ["number": .integer(7)])
    }
    for row in 2000..<2010 {
      try index.insert(id: UInt64(row), vector: Self.vectors.array(row - 2000))
      reference.insert(id: UInt64(row), vector: Self.vectors.array(row - 2000))
    }
    try check("after changes")
  }

  /// The twelve groups lie in lists of their own, so that the lists nearest to a query of another group have no match.
  @Test(arguments: trials.filter { $0.kind != "flat" && $0.kind != "memtable" })
  private func goesOnToListsWithMatches(_ trial: Trial) throws {
    let index = try Self.make(trial)
    let parameters = try Self.search(index, ["nprobe": "1"])
    var answer = TopK(k: 5)
    for filter in [Filter.equal("group", .text("5")), .less("number", .integer(6))] {
      try index.search(
        Self.vectors[row: 0], k: 5, parameters: parameters, filter: filter, scratch: index.makeScratch(), into: &answer)
      #expect(answer.count == 5, "\(filter)")
      #expect(answer.neighbors.allSatisfy { filter.accepts(Self.metadata(Int($0.id))) })
    }
  }

  /// Few matches are compared one by one; many are found by a scan of codes, of which only matches are compared.
  @Test func countsWhatItCompares() throws {
    let index = try Self.make(Self.trials[0])
    let parameters = try Self.search(index, [:])
    var answer = TopK(k: 5)
    for (filter, computed) in [
      (Filter.equal("number", .integer(7)), 1), (.equal("number", .integer(11)), 0),
      (.less("number", .integer(11)), 10), (.not(.equal("number", .integer(7))), Self.rows),
    ] {
      try index.search(
        Self.vectors[row: 0], k: 5, parameters: parameters, filter: filter, scratch: index.makeScratch(), into: &answer)
      #expect(answer.distanceComputations == computed, "\(filter)")
    }
  }
}
