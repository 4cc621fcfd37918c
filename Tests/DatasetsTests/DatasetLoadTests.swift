import Datasets
import Foundation
import HDF5
import Testing
import VectorCore

struct DatasetLoadTests {
  private let folder = TemporaryFolder()

  /// A small file that is right, unless a test makes one thing of it wrong.
  private struct Parts {
    var train: (elements: [Float], shape: [Int]) = ([0, 0, 1, 0, 0, 2, 3, 3], [4, 2])
    var test: (elements: [Float], shape: [Int]) = ([0, 1, 3, 2, 1, 1], [3, 2])
    var neighbors: (elements: [Int32], shape: [Int]) = ([0, 2, 3, 1, 1, 0], [3, 2])
    var distances: (elements: [Double], shape: [Int]) = ([1, 1, 1, 8.0.squareRoot(), 1, 2.0.squareRoot()], [3, 2])
    var attributes: [String: HDF5Attribute] = ["distance": .string("euclidean"), "dimension": .integer(2)]
    var stored: ElementType?
    var omit: Set<String> = []

    /// The same with one neighbour a query and no distances: right under any metric.
    static var withoutDistances: Parts {
      var parts = Parts()
      parts.test.elements = [3, 3, 3, 2, 4, 4]
      parts.neighbors = ([3, 3, 3], [3, 1])
      parts.omit = ["distances"]
      return parts
    }
  }

  private func write(_ parts: Parts, _ name: String = "data.hdf5") throws -> String {
    let path = folder.file(name)
    let file = try HDF5File.create(path)
    if !parts.omit.contains("train") {
      try file.write(parts.train.elements, shape: parts.train.shape, to: "train", storedAs: parts.stored)
    }
    if !parts.omit.contains("test") {
      try file.write(parts.test.elements, shape: parts.test.shape, to: "test", storedAs: parts.stored)
    }
    if !parts.omit.contains("neighbors") {
      try file.write(parts.neighbors.elements, shape: parts.neighbors.shape, to: "neighbors")
    }
    if !parts.omit.contains("distances") {
      try file.write(parts.distances.elements, shape: parts.distances.shape, to: "distances")
    }
    for (name, value) in parts.attributes { try file.setAttribute(name, value) }
    try file.close()
    return path
  }

  private func failure(_ parts: Parts, _ name: String = "data.hdf5") throws -> DatasetError? {
    let path = try write(parts, name)
    do throws(DatasetError) {
      _ = try Dataset.load(path: path)
      return nil
    } catch {
      #expect(error.description.hasPrefix("\(path): ") && !error.description.contains("\n"), "one line: \(error)")
      return error
    }
  }

  @Test func aFileIsReadWhole() throws {
    let dataset = try Dataset.load(path: write(Parts()))
    #expect(dataset.name == "data" && dataset.metric == .euclidean)
    #expect(dataset.train.rows == 4 && dataset.train.columns == 2 && dataset.train[row: 3][1] == 3)
    #expect(dataset.test.rows == 3 && dataset.test[row: 1][0] == 3)
    #expect(dataset.groundTruth.depth == 2 && dataset.groundTruth.queries == 3)
    #expect(dataset.groundTruth.neighbors == [0, 2, 3, 1, 1, 0])
    #expect(dataset.groundTruth.distances == [1, 1, 1, Float(8).squareRoot(), 1, Float(2).squareRoot()])
  }

  @Test func onlyTheFirstQueriesAreReadWhenAskedFor() throws {
    let path = try write(Parts())
    let dataset = try Dataset.load(path: path, queries: 2)
    #expect(dataset.test.rows == 2 && dataset.groundTruth.queries == 2 && dataset.train.rows == 4)
    #expect(dataset.groundTruth.neighbors == [0, 2, 3, 1])
    #expect(try Dataset.load(path: path, queries: 100).test.rows == 3)
    #expect(throws: DatasetError.notPositive(what: "the number of queries", value: 0)) {
      try Dataset.load(path: path, queries: 0)
    }
  }

  @Test(arguments: [
    ("euclidean", Metric.euclidean), ("l2", .euclidean), ("angular", .angular), ("cosine", .angular), ("dot", .dot),
    ("ip", .dot), ("manhattan", .manhattan), ("L1", .manhattan), ("hamming", .hamming),
  ])
  func metricsAreKnownByAttributeAndByFileName(_ spelling: String, _ metric: Metric) throws {
    var parts = Parts.withoutDistances
    parts.attributes = ["distance": .string(spelling)]
    #expect(try Dataset.load(path: write(parts)).metric == metric)
    parts.attributes = [:]
    #expect(try Dataset.load(path: write(parts, "old-2-\(spelling).hdf5")).metric == metric)
  }

  @Test func theAttributeWinsOverTheCallerAndTheCallerOverTheName() throws {
    var parts = Parts.withoutDistances
    parts.attributes = ["distance": .string("angular")]
    #expect(try Dataset.load(path: write(parts, "lastfm-64-dot.hdf5"), metric: .euclidean).metric == .angular)
    parts.attributes = [:]
    #expect(try Dataset.load(path: write(parts, "lastfm-64-dot.hdf5"), metric: .angular).metric == .angular)
  }

  @Test func withoutAnyMetricTheErrorSaysHowToNameTheFile() throws {
    var parts = Parts()
    parts.attributes = [:]
    let error = try #require(try failure(parts, "vectors.hdf5"))
    #expect(error == .unknownMetric(path: folder.file("vectors.hdf5")))
    #expect(error.description.contains("NAME-DIMENSION-METRIC"))
    parts.attributes = ["distance": .string("chebyshev")]
    #expect(try failure(parts) == .unsupportedMetric(path: folder.file("data.hdf5"), distance: "chebyshev"))
  }

  @Test func sparseSetsAreRefusedInASentence() throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.attributes = ["distance": .string("jaccard"), "type": .string("sparse")]
    parts.train = ([1, 2, 3], [3])
    #expect(try failure(parts) == .sparse(path: path))
    parts.attributes = [:]
    #expect(try failure(parts, "kosarak-jaccard.hdf5") == .sparse(path: folder.file("kosarak-jaccard.hdf5")))
    let file = try HDF5File.create(path)
    try file.write([Int32(1)], shape: [1], to: "size_train")
    try file.close()
    #expect(throws: DatasetError.sparse(path: path)) { try Dataset.load(path: path, metric: .euclidean) }
  }

  @Test(arguments: ["train", "test"])
  func aMissingPartIsNamed(_ name: String) throws {
    var parts = Parts()
    parts.omit = [name]
    let others = ["distances", "neighbors", "test", "train"].filter { $0 != name }
    let expected = HDF5Error.missingDataset(path: folder.file("data.hdf5"), name: name, available: others)
    #expect(try failure(parts) == .file(expected))
  }

  @Test func withoutNeighborsTheCommandThatFindsThemIsNamed() throws {
    var parts = Parts()
    parts.omit = ["neighbors"]
    #expect(try failure(parts) == .noGroundTruth(path: folder.file("data.hdf5")))
  }

  @Test func missingDistancesAreComputed() throws {
    var parts = Parts()
    let stated = try Dataset.load(path: write(parts)).groundTruth
    parts.omit = ["distances"]
    #expect(try Dataset.load(path: write(parts)).groundTruth.distances == stated.distances)
    parts.neighbors.elements[3] = -1
    #expect(try Dataset.load(path: write(parts)).groundTruth.distances[3] == .infinity)
  }

  /// What recall would be judged wrongly by is refused without being asked.
  @Test func distancesOfAnotherDefinitionAreRefused() throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.distances.elements = [1, 1, 1, 8, 1, 2]
    guard case .neighbors(path, _, .wrongDistance, explanation: .convention(.squared)) = try failure(parts) else {
      Issue.record("squares pass")
      return
    }
    parts = Parts()
    parts.neighbors.elements = [0, 2, 1, 3, 1, 0]
    parts.distances.elements = [1, 1, 8.0.squareRoot(), 1, 1, 2.0.squareRoot()]
    #expect(try failure(parts) == .neighbors(path: path, query: 1, .misplaced(row: 3, behind: 1)))
    parts = Parts()
    parts.neighbors.elements[2] = -1
    #expect(try failure(parts) == .neighbors(path: path, query: 1, .gap(position: 1)))
    parts = Parts()
    parts.neighbors.elements[1] = 0
    #expect(try failure(parts) == .neighbors(path: path, query: 0, .twice(row: 0)))
  }

  /// Not only in the queries of a sample.
  @Test func aNeighborThatIsStatedTwiceIsFoundInAnyQuery() throws {
    let path = folder.file("data.hdf5")
    let queries = 200
    var parts = Parts()
    parts.test = (Array(repeating: 0, count: 2 * queries), [queries, 2])
    parts.neighbors = (Array(repeating: [0, 1], count: queries).flatMap { $0 }, [queries, 2])
    parts.distances = (Array(repeating: [0, 1], count: queries).flatMap { $0 }, [queries, 2])
    #expect(try Dataset.load(path: write(parts)).test.rows == queries)
    for query in [0, 77, 199] {
      var wrong = parts
      wrong.neighbors.elements[2 * query + 1] = 0
      wrong.distances.elements[2 * query + 1] = 0
      #expect(try failure(wrong) == .neighbors(path: path, query: query, .twice(row: 0)))
    }
  }

  @Test func aTruthWithoutAnyQueryToJudgeIsRefused() throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.neighbors.elements = [-1, -1, 3, 1, -1, -1]
    let some = try Dataset.load(path: write(parts))
    #expect(some.unjudgedQueries == 2 && some.isJudged(1) && !some.isJudged(2))
    parts.neighbors.elements = [-1, -1, -1, -1, -1, -1]
    #expect(try failure(parts) == .nothingToJudge(path: path, queries: 3))
    parts = .withoutDistances
    parts.attributes = ["distance": .string("angular")]
    parts.test.elements = [0, 0, 3, 2, 0, 0]
    #expect(try Dataset.load(path: write(parts)).unjudgedQueries == 2)
    parts.test.elements = [0, 0, 0, 0, 0, 0]
    #expect(try failure(parts) == .nothingToJudge(path: path, queries: 3))
    #expect(throws: DatasetError.nothingToJudge(path: path, queries: 3)) { try Dataset.loadVectors(path: path) }
  }

  @Test func shapesHaveToAgree() throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.train.shape = [8]
    #expect(try failure(parts) == .wrongRank(path: path, part: "train", shape: [8]))
    parts = Parts()
    parts.test = ([1, 2, 3, 1, 2, 3, 1, 2, 3], [3, 3])
    #expect(try failure(parts) == .widthMismatch(path: path, train: 2, part: "test", columns: 3))
    parts = Parts()
    parts.neighbors = ([0, 1, 0, 1], [2, 2])
    #expect(try failure(parts) == .rowCountMismatch(path: path, part: "neighbors", rows: 2, queries: 3))
    parts = Parts()
    parts.distances = ([0, 1, 0, 1], [2, 2])
    #expect(try failure(parts) == .rowCountMismatch(path: path, part: "distances", rows: 2, queries: 3))
    parts = Parts()
    parts.distances = ([0, 1, 2], [3, 1])
    #expect(try failure(parts) == .depthMismatch(path: path, neighbors: 2, distances: 1))
    parts = Parts()
    parts.train = ([], [0, 2])
    #expect(try failure(parts) == .empty(path: path, part: "train"))
    parts = Parts()
    parts.test = ([], [0, 2])
    #expect(try failure(parts) == .empty(path: path, part: "test"))
    parts = Parts()
    parts.attributes["dimension"] = .integer(3)
    #expect(try failure(parts) == .dimensionMismatch(path: path, attribute: 3, columns: 2))
  }

  @Test func neighborsAreRowsOfTrainOrNone() throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.neighbors.elements = [0, 2, 3, 4, 1, 0]
    #expect(try failure(parts) == .neighborOutOfRange(path: path, query: 1, position: 1, id: 4, rows: 4))
    parts.neighbors.elements = [0, 2, 3, -2, 1, 0]
    #expect(try failure(parts) == .neighborOutOfRange(path: path, query: 1, position: 1, id: -2, rows: 4))
    parts.neighbors.elements = [0, 2, 3, -1, 1, 0]
    parts.distances.elements[3] = .infinity
    #expect(try Dataset.load(path: write(parts)).groundTruth.neighbors[3] == -1)
    parts.distances.elements[2] = .nan
    #expect(try failure(parts) == .distanceNotFinite(path: path, query: 1, position: 0))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func vectorsAreFinite(_ bad: Float) throws {
    let path = folder.file("data.hdf5")
    var parts = Parts()
    parts.train.elements[5] = bad
    #expect(try failure(parts) == .notFinite(path: path, part: "train", row: 2, column: 1))
    parts = Parts()
    parts.test.elements[2] = bad
    parts.stored = .float16
    #expect(try failure(parts) == .notFinite(path: path, part: "test", row: 1, column: 0))
  }

  @Test func hugeFiniteComponentsAreAllowed() throws {
    var parts = Parts.withoutDistances
    parts.train.elements[0] = .greatestFiniteMagnitude
    let dataset = try Dataset.load(path: write(parts))
    #expect(dataset.train[row: 0][0] == .greatestFiniteMagnitude)
  }

  @Test func bitsAreZeroAndOneHoweverTheyAreStored() throws {
    let bits: [Int8] = [1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0]  // one row of 12
    let expected = bits.map { Float($0) }
    func load(dimension: Int, _ rows: (HDF5File, String) throws -> Void) throws -> Matrix {
      let file = try HDF5File.create(folder.file("bits.hdf5"))
      try rows(file, "train")
      try rows(file, "test")
      try file.write([Int64(0)], shape: [1, 1], to: "neighbors")
      try file.write([Float(0)], shape: [1, 1], to: "distances")
      try file.setAttribute("distance", .string("hamming"))
      try file.setAttribute("point_type", .string("bit"))
      try file.setAttribute("dimension", .integer(Int64(dimension)))
      try file.close()
      return try Dataset.load(path: file.path).train
    }
    let booleans = try load(dimension: 12) { try $0.write(bits, shape: [1, 12], to: $1, storedAs: .bool) }
    #expect((0..<12).map { booleans[row: 0][$0] } == expected)
    let bytes = try load(dimension: 12) { try $0.write(bits, shape: [1, 12], to: $1, storedAs: .uint8) }
    #expect((0..<12).map { bytes[row: 0][$0] } == expected)
    // numpy.packbits: 1000_0011, 0100_0000.
    let packed = try load(dimension: 12) { try $0.write([UInt8(0x83), 0x40], shape: [1, 2], to: $1) }
    #expect(packed.columns == 12 && (0..<12).map { packed[row: 0][$0] } == expected)
  }

  @Test func whatIsNoFileIsTold() throws {
    let missing = folder.file("none.hdf5")
    #expect(throws: DatasetError.file(.missingFile(path: missing))) { try Dataset.load(path: missing) }
    #expect(throws: DatasetError.file(.isFolder(path: folder.path))) { try Dataset.load(path: folder.path) }
    try folder.write("text.hdf5", Data("no".utf8))
    #expect(throws: DatasetError.file(.notHDF5(path: folder.file("text.hdf5")))) {
      try Dataset.load(path: folder.file("text.hdf5"))
    }
  }

  @Test(arguments: [
    ("photo-sift-20k-128-euclidean", 20_000, 128, 1_000, Metric.euclidean),
    ("debian-minilm-4k-384-angular", 4_000, 384, 400, .angular),
  ])
  func theShippedDatasetsAreWhatTheyClaim(
    _ name: String, _ rows: Int, _ dimension: Int, _ queries: Int, _ metric: Metric
  ) throws {
    let dataset = try Dataset.load(path: "\(shippedDatasets)/\(name).hdf5")
    #expect(dataset.train.rows == rows && dataset.train.columns == dimension && dataset.metric == metric)
    #expect(dataset.test.rows == queries && dataset.groundTruth.depth == 100)
    // The stored distance of a neighbour is the distance to that row: rows and ids are where they should be.
    for query in [0, queries / 2, queries - 1] {
      let id = Int(dataset.groundTruth.neighbors[query * 100 + 7])
      var (dot, a, b, squares) = (0.0, 0.0, 0.0, 0.0)
      for column in 0..<dimension {
        let (x, y) = (Double(dataset.test[row: query][column]), Double(dataset.train[row: id][column]))
        dot += x * y
        a += x * x
        b += y * y
        squares += (x - y) * (x - y)
      }
      let distance = metric == .angular ? 1 - dot / (a * b).squareRoot() : squares.squareRoot()
      #expect(abs(distance - Double(dataset.groundTruth.distances[query * 100 + 7])) < 1e-4 * max(1, distance))
    }
  }
}
