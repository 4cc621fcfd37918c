import Datasets
import Foundation
import Testing
import VectorCore

@testable import Bench

@Suite struct GroundTruthSearchTests {
  /// A dataset of random vectors, whose ground truth is empty; under hamming of few different components.
  private func random(_ metric: Metric, rows: Int = 700, queries: Int = 41, dimension: Int = 19) -> Dataset {
    var generator = SeededGenerator(seed: 5)
    func vectors(_ count: Int) -> Matrix {
      Matrix(rows: count, columns: dimension) { floats in
        for index in floats.indices {
          let unit = Float(generator.nextUnit())
          floats.initializeElement(at: index, to: metric == .hamming ? (3 * unit).rounded(.down) : 2 * unit - 1)
        }
      }
    }
    return Dataset(
      name: "random", path: "/random.hdf5", metric: metric, train: vectors(rows), test: vectors(queries),
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
  }

  @Test(arguments: ["photo-sift-20k-128-euclidean", "debian-minilm-4k-384-angular"])
  func theShippedDatasetsAreReproduced(name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../datasets")
    let dataset = try Dataset.load(path: folder.appending(path: "\(name).hdf5").path(percentEncoded: false))
    var search = try GroundTruthSearch(dataset, k: 100)
    // All of them would take a minute without the optimiser.
    search.sampleSize = 3
    let result = try search.run()
    let (found, stated) = (result.groundTruth, dataset.groundTruth)
    #expect(result.checkedQueries == 3)
    #expect(found.depth == 100 && stated.depth == 100 && found.queries == dataset.test.rows)
    #expect(zip(found.distances, stated.distances).allSatisfy { abs($0 - $1) <= 1e-4 })
    // Ids may differ only where distances are equal but for rounding.
    for place in found.neighbors.indices where found.neighbors[place] != stated.neighbors[place] {
      #expect(abs(found.distances[place] - stated.distances[place]) <= 1e-6)
    }
  }

  @Test(arguments: Metric.allCases, [1, 3])
  func everyMetricEqualsTheDefinition(metric: Metric, threads: Int) throws {
    let dataset = random(metric)
    let truth = try GroundTruthSearch(dataset, k: 25, threads: threads).run().groundTruth
    for query in 0..<dataset.test.rows {
      let distances = (0..<dataset.train.rows).map { row in
        metric.referenceDistance(dataset.test[row: query], dataset.train[row: row])
      }
      let nearest = distances.indices.sorted { (Float(distances[$0]), $0) < (Float(distances[$1]), $1) }.prefix(25)
      let places = query * 25..<(query + 1) * 25
      #expect(
        zip(truth.distances[places], nearest).allSatisfy { abs(Double($0) - distances[$1]) <= 1e-5 })
      // Hamming has ties in plenty: they go by row number.
      if metric == .hamming { #expect(truth.neighbors[places].elementsEqual(nearest.map { Int64($0) })) }
    }
  }

  /// A query whose distances Float32 does not hold is checked whether it is in the sample or not.
  @Test(arguments: [17, 23])
  func anEndlessDistanceIsAlwaysChecked(_ query: Int) throws {
    let dataset = random(.euclidean)
    let test = Matrix(
      (0..<dataset.test.rows).map { row in
        (0..<dataset.test.columns).map { dataset.test[row: row][$0] * (row == query ? 1e30 : 1) }
      })
    var search = try GroundTruthSearch(
      Dataset(
        name: "far", path: "", metric: .euclidean, train: dataset.train, test: test, groundTruth: dataset.groundTruth),
      k: 3, threads: 1)
    search.sampleSize = 1
    let error = #expect(throws: BenchError.self) { try search.run() }
    guard case .groundTruthDiffers("far", query, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func moreAnswersThanMemoryHoldsAreRefused() {
    let k = 65_536
    let queries = Int(ProcessInfo.processInfo.physicalMemory) / (24 * k) + 1
    let dataset = Dataset(
      name: "many", path: "", metric: .euclidean, train: Matrix(rows: k, columns: 1) { $0.initialize(repeating: 0) },
      test: Matrix(rows: queries, columns: 1) { $0.initialize(repeating: 0) },
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    #expect(throws: BenchError.tooManyAnswers(name: "many", queries: queries, k: k)) {
      try GroundTruthSearch(dataset, k: k)
    }
  }

  @Test func queriesWithoutDirectionAreRefused() {
    let dataset = Dataset(
      name: "zero", path: "/z", metric: .angular, train: Matrix([[1, 0]]), test: Matrix([[0, 0]]),
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    #expect(throws: BenchError.dataset(name: "zero", .nothingToJudge(path: "/z", queries: 1))) {
      try GroundTruthSearch(dataset, k: 1)
    }
  }

  @Test func equalVectorsAreOrderedByRow() throws {
    let dataset = Dataset(
      name: "equal", path: "/equal.hdf5", metric: .euclidean, train: Matrix(Array(repeating: [1, 2], count: 9)),
      test: Matrix([[0, 0]]), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    #expect(try GroundTruthSearch(dataset, k: 5).run().groundTruth.neighbors == [0, 1, 2, 3, 4])
  }

  @Test func aZeroQueryHasNoNeighborsUnderAngular() throws {
    let dataset = Dataset(
      name: "zero", path: "/zero.hdf5", metric: .angular, train: Matrix([[1, 0], [0, 1]]),
      test: Matrix([[0, 0], [1, 0]]), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    #expect(try GroundTruthSearch(dataset, k: 2).run().groundTruth.neighbors == [-1, -1, 0, 1])
  }

  @Test func progressReachesTheEndThenTheCheck() throws {
    let steps = Steps()
    _ = try GroundTruthSearch(random(.dot, queries: 600), k: 3, threads: 2).run { steps.append($0) }
    let answered = steps.all.compactMap { step in
      if case .searching(let answered, 600, let seconds) = step, seconds > 0 { answered } else { nil }
    }
    #expect(answered.max() == 600 && answered.count == 3)
    #expect(steps.all.first == .indexing(rows: 700) && steps.all.last == .checking(queries: 32))
  }

  private final class Steps: @unchecked Sendable {
    private let lock = NSLock()
    private var steps: [GroundTruthSearch.Step] = []

    func append(_ step: GroundTruthSearch.Step) { lock.withLock { steps.append(step) } }
    var all: [GroundTruthSearch.Step] { lock.withLock { steps } }
  }

  @Test func moreNeighborsThanRowsAreRefused() {
    #expect(throws: BenchError.tooFewRows(name: "random", rows: 10, k: 11)) {
      try GroundTruthSearch(random(.euclidean, rows: 10), k: 11)
    }
  }

  /// Squares of these overflow in Float32, so that its distances are no truth.
  @Test func whatFloat32CannotHoldIsFound() throws {
    let dataset = Dataset(
      name: "huge", path: "/huge.hdf5", metric: .euclidean, train: Matrix([[3e30, 0], [1e30, 0], [2e30, 0]]),
      test: Matrix([[0, 0]]), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    let error = #expect(throws: BenchError.self) { try GroundTruthSearch(dataset, k: 2).run() }
    #expect("\(try #require(error))".hasPrefix("huge: query 0: row "))
  }

  @Test(arguments: Metric.allCases)
  func everyKindOfWrongTruthIsNoticed(metric: Metric) throws {
    let dataset = random(metric, queries: 3)
    let truth = try GroundTruthSearch(dataset, k: 10).run().groundTruth
    func differs(_ damage: (inout [Int64], inout [Float]) -> Void) -> Bool {
      var (neighbors, distances) = (truth.neighbors, truth.distances)
      damage(&neighbors, &distances)
      let damaged = GroundTruth(depth: 10, neighbors: neighbors, distances: distances)
      return NeighborCheck(dataset, truth: damaged, standard: .exact).firstFault(among: [0, 1, 2], threads: 1) != nil
    }
    #expect(!differs { _, _ in })
    #expect(differs { neighbors, _ in neighbors[11] = -1 })
    #expect(differs { neighbors, _ in neighbors[11] = neighbors[12] })
    #expect(differs { _, distances in distances[15] += 1e-3 })
    #expect(
      differs { neighbors, distances in
        neighbors.swapAt(10, 19)
        distances.swapAt(10, 19)
      })
    // The nearest one is left out, and a row farther than all others takes the last place.
    #expect(
      differs { neighbors, distances in
        let all = (0..<dataset.train.rows).map { row in
          metric.referenceDistance(dataset.test[row: 0], dataset.train[row: row])
        }
        let farthest = all.indices.max { all[$0] < all[$1] }!
        neighbors.replaceSubrange(0..<10, with: neighbors[1..<10] + [Int64(farthest)])
        distances.replaceSubrange(0..<10, with: distances[1..<10] + [Float(all[farthest])])
      })
  }
}
