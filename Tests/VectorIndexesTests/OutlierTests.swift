import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// A few vectors of any size must not cost the recall of the others, or be lost themselves.
@Suite struct OutlierTests {
  private static let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
  static let metrics = [Metric.euclidean, .angular, .dot, .manhattan]
  static let magnitudes = [100, 1e6, 1e20, Float.greatestFiniteMagnitude]

  /// Which vectors are large, and when they come.
  enum Place: CaseIterable {
    /// One component of one vector, which is trained on, or comes later.
    case component, lateComponent
    /// One whole vector, which is trained on, or comes later.
    case row, lateRow
    /// A component of one vector in a hundred, or all of it.
    case manyComponents, manyRows

    var isLate: Bool { self == .lateComponent || self == .lateRow }

    func isLarge(_ row: Int) -> Bool {
      self == .manyComponents || self == .manyRows ? row % 100 == 50 : row == 300
    }

    /// The vectors with large ones among them.
    func spoil(_ vectors: Matrix, by magnitude: Float) -> Matrix {
      Matrix(
        (0..<vectors.rows).map { row in
          var vector = vectors.array(row)
          guard isLarge(row) else { return vector }
          switch self {
          case .component, .lateComponent: vector[5] = magnitude
          case .manyComponents: vector[row / 100 % vector.count] = -magnitude
          case .row, .lateRow, .manyRows: vector = vector.map { $0 / 8 * magnitude }
          }
          return vector
        })
    }
  }

  /// One way to build an index.
  struct Build: CustomTestStringConvertible, Sendable {
    var kind: any (MutableVectorIndex & DeclaredIndex).Type
    var settings: [String: String]
    var search: [String: String]

    var testDescription: String { "\(kind.declaration.kind) \(settings)" }

    static func product(
      _ kind: any (MutableVectorIndex & DeclaredIndex).Type = IVFPQIndex.self, _ settings: [String: String] = [:],
      refine: Int = 10
    ) -> Build {
      Build(
        kind: kind, settings: ["nlist": "8", "niter": "4", "m": "8"].merging(settings) { _, given in given },
        search: ["nprobe": "6", "refine": String(refine)])
    }

    static func fractal(
      _ settings: [String: String] = [:], kind: any (MutableVectorIndex & DeclaredIndex).Type = FractalIndex.self
    )
      -> Build
    {
      Build(
        kind: kind,
        settings: ["max_leaf": "200", "min_leaf": "30", "max_buffer": "32", "m": "8", "niter": "8"]
          .merging(settings) { _, given in given },
        search: ["nprobe": "5", "refine": "10"])
    }

    /// Everything that stores, codes and spills vectors in a way of its own.
    static let all: [Build] =
      ["f32", "f16", "sq8", "none"].flatMap { store in
        // Training 256 codewords takes long.
        (isLong || store == "f32" ? ["4", "8"] : ["4"]).flatMap { nbits in
          (nbits == "4" || isLong ? ["off", "on"] : ["on"]).map {
            product(
              IVFPQIndex.self,
              ["refine_store": store, "nbits": nbits, "spill": $0, "m": nbits == "4" ? "8" : "4"])
          }
        }
      } + [
        product(refine: 0), product(IVFPQIndex.self, ["by_residual": "off", "rotation": "opq"]),
        product(PersistentIVFPQIndex.self), product(PersistentIVFPQIndex.self, ["refine_store": "sq8", "spill": "on"]),
        product(MemTableIndex.self), product(MemTableIndex.self, ["refine_store": "none", "max_rows": "300"]),
        product(MemTableIndex.self, ["overflow": "skiplist", "max_rows": "64", "capacity_factor": "1"]),
        fractal(), fractal(["refine_store": "f16"]), fractal(["refine_store": "sq8"]),
        fractal(kind: PersistentFractalIndex.self),
        Build(kind: IVFFlatIndex.self, settings: ["nlist": "8", "niter": "4"], search: ["nprobe": "6"]),
        Build(kind: FlatIndex.self, settings: [:], search: [:]),
      ]
  }

  static let rows = 600
  static let dimension = 16
  static let k = 10

  /// Each build once, with other choices each time; or with all of them.
  static let cases: [(Build, Metric, Float, Place)] = {
    if !isLong {
      return Build.all.enumerated().map { number, build in
        (
          build, build.settings["rotation"] == nil ? metrics[number / 2 % 4] : .angular,
          magnitudes[(number + number / 4) % 4], Place.allCases[number % 6]
        )
      }
    }
    return Build.all.flatMap { build in
      metrics.filter { $0 != .manhattan || build.settings["rotation"] == nil }.flatMap { metric in
        magnitudes.flatMap { magnitude in Place.allCases.map { (build, metric, magnitude, $0) } }
      }
    }
  }()

  private func parameters(_ settings: [String: String], _ declared: [ParameterDeclaration]) throws -> Parameters {
    try Parameters(
      settings.filter { name, _ in declared.contains { $0.name == name } }, declared: declared, kind: "outliers")
  }

  /// - Parameter rows: of the vectors, which are stored under their numbers.
  private func make(
    _ build: Build, _ metric: Metric, training: Matrix, holding vectors: Matrix, rows: [Int]
  ) throws -> any MutableVectorIndex {
    let index = try build.kind.init(
      dimension: vectors.columns, metric: metric,
      parameters: parameters(build.settings, build.kind.declaration.build), seed: 3)
    if !(index is any SelfTrainingIndex) {
      try (index as? any TrainableIndex)?.train(training, threads: 2)
    }
    // In several batches, of which one comes row by row.
    for start in stride(from: 0, to: rows.count, by: 200) {
      let some = rows[start..<min(start + 200, rows.count)]
      for part in start == 400 ? some.map({ [$0] }) : [Array(some)] {
        try index.insertBatch(
          ids: part.map(UInt64.init), vectors: vectors.gathering(part), metadata: [], onConflict: .fail, threads: 2)
      }
    }
    return index
  }

  /// The answers of single searches, which must be those of a batch; no distance is not a number, none comes twice.
  private func answers(_ index: any VectorIndex, _ build: Build, _ queries: Matrix) throws -> [[Neighbor]] {
    let parameters = SearchParameters(try parameters(build.search, build.kind.declaration.search))
    let scratch = index.makeScratch()
    var batch = NeighborBatch(k: Self.k, reserving: queries.rows)
    try index.searchBatch(queries, k: Self.k, parameters: parameters, filter: nil, scratch: scratch, into: &batch)
    var single = NeighborBatch(k: Self.k, reserving: queries.rows)
    var all: [[Neighbor]] = []
    var answer = TopK(k: Self.k)
    for row in 0..<queries.rows {
      try index.search(
        queries[row: row], k: Self.k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      single.append(answer)
      all.append(answer.neighbors)
      #expect(answer.neighbors.allSatisfy { !$0.distance.isNaN })
      #expect(zip(answer.neighbors, answer.neighbors.dropFirst()).allSatisfy { $0.distance <= $1.distance })
      #expect(Set(answer.neighbors.map(\.id)).count == answer.count, "an id twice")
    }
    #expect(single == batch, "a batch is answered as single searches are")
    return all
  }

  /// The share of answers that are as near as the k nearest, in Float64.
  private func recall(
    _ answers: [[Neighbor]], _ queries: Matrix, _ vectors: Matrix, rows: [Int], _ metric: Metric
  ) -> Double {
    var hits = 0
    for (row, answer) in answers.enumerated() {
      let distances = metric.referenceDistances(from: queries, row: row, to: vectors)
      let farthest = rows.map { distances[$0] }.sorted()[Self.k - 1]
      hits += answer.count { distances[Int($0.id)] <= farthest + abs(farthest) * 1e-6 }
    }
    return Double(hits) / Double(answers.count * Self.k)
  }

  @Test(arguments: cases)
  func recallIsAsWithoutThem(build: Build, metric: Metric, magnitude: Float, place: Place) throws {
    let clean = RandomVectors.clustered.matrix(Self.rows, dimension: Self.dimension, seed: 11)
    let queries = RandomVectors.clustered.matrix(40, dimension: Self.dimension, seed: 12)
    let spoiled = place.spoil(clean, by: magnitude)
    let all = Array(0..<Self.rows)
    let ordinary = all.filter { !place.isLarge($0) }
    let training = place.isLate ? clean : spoiled
    let index = try make(build, metric, training: training, holding: spoiled, rows: all)
    let reference = try make(
      build, metric, training: place.isLate ? clean : clean.gathering(ordinary), holding: clean, rows: ordinary)
    func expectRecall(_ when: String) throws {
      let found = recall(try answers(index, build, queries), queries, spoiled, rows: all, metric)
      let expected = recall(try answers(reference, build, queries), queries, clean, rows: ordinary, metric)
      #expect(found >= expected - 0.01, "recall \(found) \(when), without outliers \(expected)")
      try (index as? FractalIndex)?.checkInvariants()
    }
    try expectRecall("at first")

    // What is large is found from where it is, and nothing is NaN however far the query.
    let large = spoiled.gathering([300, 50, 550])
    for (row, answer) in try answers(index, build, large).enumerated() {
      guard metric == .euclidean || metric == .manhattan, build.settings["refine_store", default: "f32"] == "f32",
        build.search["refine"] != "0"
      else { continue }
      #expect(answer[0].distance == 0, "\(row)")
    }

    guard let trainable = index as? any TrainableIndex else { return }
    try trainable.retrain(threads: 2)
    try (reference as? any TrainableIndex)?.retrain(threads: 2)
    try expectRecall("after retraining")
    for id in [UInt64(300), 50, 51, 550] { #expect(try index.remove(id: id)) }
    #expect(index.count == Self.rows - 4)
    try (index as? FractalIndex)?.checkInvariants()
  }

  /// Outliers among 3 000 × 32 normally distributed components cost less than 0.01 of the recall, of whatever size they are.
  ///
  /// With RECALLBENCH_LONG=1 the figures are printed.
  @Test(arguments: [
    Build.product(IVFPQIndex.self, ["nlist": "32", "m": "16"]), .fractal(["m": "16"]),
  ])
  func recallOfNormalVectorsIsAsWithoutThem(build: Build) throws {
    var build = build
    // What is not found is mostly a matter of the codes then.
    build.search["nprobe"] = "24"
    let (clean, queries) = (Self.normal(3_000, 32, seed: 21), Self.normal(100, 32, seed: 22))
    let all = Array(0..<clean.rows)
    func recalls(_ vectors: Matrix, _ rows: [Int]) throws -> Double {
      let index = try make(
        build, .euclidean, training: vectors.gathering(rows), holding: vectors, rows: rows)
      return recall(try answers(index, build, queries), queries, vectors, rows: rows, .euclidean)
    }
    for (place, magnitude) in [
      (.component, 1e20), (.row, 1e6), (.manyRows, 1e30), (.component, .greatestFiniteMagnitude),
      (.manyRows, .greatestFiniteMagnitude),
    ] as [(Place, Float)] {
      let expected = try recalls(clean, all.filter { !place.isLarge($0) })
      let found = try recalls(place.spoil(clean, by: magnitude), all)
      #expect(expected > 0.9 && found >= expected - 0.01, "\(place) of \(magnitude): \(found), without \(expected)")
      if Self.isLong {
        print("\(build.kind.declaration.kind), \(place) of \(magnitude): \(found), without \(expected)")
      }
    }
  }

  /// Normally distributed components, by Box and Muller.
  private static func normal(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(rows: rows, columns: columns) { components in
      for place in 0..<rows * columns {
        let radius = (-2 * log(1 - generator.nextUnit())).squareRoot()
        components[place] = Float(radius * cos(2 * .pi * generator.nextUnit()))
      }
    }
  }

  /// In a file that is closed and opened for reading, and in memtables over it.
  @Test(arguments: [Metric.euclidean, .dot], ["f32", "sq8", "none"])
  func filesKeepThemApart(metric: Metric, store: String) throws {
    let folder = try TemporaryFolder()
    let clean = RandomVectors.clustered.matrix(600, dimension: Self.dimension, seed: 13)
    let queries = RandomVectors.clustered.matrix(20, dimension: Self.dimension, seed: 14)
    let spoiled = Place.manyComponents.spoil(clean, by: 1e20)
    for build in [
      Build.product(PersistentIVFPQIndex.self, ["refine_store": store, "spill": "on"]),
      .fractal(["refine_store": store, "max_leaf": "100"], kind: PersistentFractalIndex.self),
    ] {
      let type = build.kind as! any PersistentIndex.Type
      let path = "\(folder.path)/\(type.declaration.kind)"
      let index = try type.open(
        at: path, dimension: Self.dimension, metric: metric,
        parameters: parameters(build.settings, type.declaration.build), seed: 3)
      if let index = index as? PersistentIVFPQIndex { try index.train(spoiled, threads: 1) }
      try index.insertBatch(
        ids: (0..<600).map(UInt64.init), vectors: spoiled, metadata: [], onConflict: .fail, threads: 1)
      try index.commit()
      let found = try answers(index, build, queries)
      let mapped = try answers(type.open(readOnly: path), build, queries)
      #expect(mapped == found)
      if let index = index as? PersistentIVFPQIndex { #expect(try index.checkInvariants() == []) }
      try (index as? PersistentFractalIndex)?.checkInvariants()
    }
    // The last ones, and some removed outliers, in memtables over the file.
    let build = Build.product(PersistentIVFPQIndex.self, ["refine_store": store])
    let base = try PersistentIVFPQIndex.open(
      at: folder.path + "/base", dimension: Self.dimension, metric: metric,
      parameters: parameters(build.settings, PersistentIVFPQIndex.declaration.build), seed: 3)
    try base.train(spoiled, threads: 1)
    try base.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: spoiled[rows: 0..<300], metadata: [], onConflict: .fail, threads: 1)
    var writer = try MemTableWriter(over: base)
    try writer.insert(ids: (300..<600).map(UInt64.init), vectors: spoiled[rows: 300..<600])
    #expect(try writer.remove(id: 150) && writer.remove(id: 450))
    let parameters = SearchParameters(try parameters(build.search, PersistentIVFPQIndex.declaration.search))
    func find(_ set: MemTableSet) throws -> [[Neighbor]] {
      var answer = TopK(k: Self.k)
      return try (0..<queries.rows).map { row in
        try set.search(
          queries[row: row], k: Self.k, parameters: parameters, scratch: set.makeScratch(), into: &answer)
        return answer.neighbors
      }
    }
    let fresh = try find(writer.shared)
    #expect(fresh.joined().allSatisfy { $0.id != 150 && $0.id != 450 && !$0.distance.isNaN })
    try writer.freeze()
    try writer.flush(threads: 1)
    #expect(try find(writer.shared) == fresh)
    if metric == .dot {
      let outliers = Set((0..<6).map { UInt64($0 * 100 + 50) })
      #expect(fresh.contains { outliers.contains($0[0].id) }, "those with the largest products are found")
    }
  }
}

extension Metric {
  /// The distances in Float64 from one row of a matrix to all of another.
  fileprivate func referenceDistances(from queries: Matrix, row: Int, to vectors: Matrix) -> [Double] {
    let query = queries.baseAddress + row * queries.columns
    return (0..<vectors.rows).map { row in
      let vector = vectors.baseAddress + row * vectors.columns
      var (product, squares, own, difference) = (0.0, 0.0, 0.0, 0.0)
      for column in 0..<vectors.columns {
        let (a, b) = (Double(query[column]), Double(vector[column]))
        product += a * b
        squares += b * b
        own += a * a
        difference += self == .manhattan ? abs(a - b) : (a - b) * (a - b)
      }
      return switch self {
      case .euclidean, .manhattan, .hamming: difference
      case .dot: -product
      case .angular: 1 - (own * squares > 0 ? product / (own * squares).squareRoot() : 0)
      }
    }
  }
}
