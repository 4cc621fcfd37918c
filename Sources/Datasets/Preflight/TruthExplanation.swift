import VectorCore

/// What would explain that stated neighbours are not the true ones, as a reader of an error wants to know it.
public enum TruthExplanation: Equatable, Sendable {
  /// Distances are defined in another way.
  case convention(DistanceConvention)
  /// The neighbours are those by another metric.
  case metric(Metric)
  /// Ids are numbers from 1 on.
  case countsFromOne
  /// The vectors were other numbers when the truth was found.
  case wrapped(WrappedIntegers)
  /// The truth is that of the first rows.
  case firstRows(Int)
  /// The stated distances are right, and those of other rows.
  case otherOrder
}

extension TruthExplanation {
  /// Rows that a claim about the nearest ones is held against.
  private static let sampledRows = 64
  /// Fewer neighbours may come in the order of another reading by chance.
  static let fewestNeighbors = 10
  /// Queries that are compared with all rows.
  private static let searchedQueries = 2

  /// The first explanation that holds for all of some queries; `nil` where none does.
  ///
  /// - Parameters:
  ///   - dataset: ids are in range.
  ///   - queries: some of those whose neighbours are wrong.
  /// - Complexity: O(queries·depth·d + n·d).
  static func explaining(_ dataset: Dataset, queries: [Int]) -> TruthExplanation? {
    let queries = queries.filter { dataset.isJudged($0) }
    guard !queries.isEmpty else { return nil }
    let own = Reading(dataset) { dataset.metric.referenceDistance($0, $1) }
    let areOwn = own.agreesWithDistances(queries)
    if !areOwn, let convention = DistanceConvention.explaining(dataset, queries: queries) {
      return .convention(convention)
    }
    let places = queries.reduce(0) { $0 + dataset.groundTruth.places(of: $1).count }
    guard !areOwn || places >= fewestNeighbors else { return nil }
    func holds(_ reading: Reading) -> Bool {
      areOwn ? reading.agreesWithOrder(queries, sampledRows) : reading.agreesWithDistances(queries)
    }
    if holds(Reading(dataset, shift: -1) { dataset.metric.referenceDistance($0, $1) }) { return .countsFromOne }
    for wrapped in [WrappedIntegers.unsignedAsSigned8, .signedAsUnsigned8] {
      func original(_ vector: Span<Float>) -> [Float] { vector.indices.map { wrapped.original(of: vector[$0]) } }
      let reading = Reading(dataset) { query, row in
        let (query, row) = (original(query), original(row))
        return dataset.metric.referenceDistance(query.span, row.span)
      }
      if reading.changesVectors(queries, original), holds(reading) { return .wrapped(wrapped) }
    }
    guard areOwn else { return hasOtherOrder(dataset, Array(queries.prefix(searchedQueries))) ? .otherOrder : nil }
    if dataset.leavesLastRowsOut, isTrue(amongFirst: dataset.groundTruth.reach, dataset, queries) {
      return .firstRows(dataset.groundTruth.reach)
    }
    return Metric.allCases.first { metric in
      metric != dataset.metric
        && Reading(dataset) { metric.referenceDistance($0, $1) }.agreesWithOrder(queries, sampledRows)
    }.map { .metric($0) }
  }

  /// Whether no sampled one of the first rows is nearer than what is stated.
  private static func isTrue(amongFirst count: Int, _ dataset: Dataset, _ queries: [Int]) -> Bool {
    let check = NeighborCheck(dataset, standard: .recall)
    var random = SeededGenerator(seed: 0)
    let rows = random.spread(sampledRows * 16, below: count)
    return queries.allSatisfy { check.misplacement(of: $0) == nil && check.omission(of: $0, among: rows) == nil }
  }

  /// Whether the stated distances are those of the nearest rows, whichever are stated.
  private static func hasOtherOrder(_ dataset: Dataset, _ queries: [Int]) -> Bool {
    let truth = dataset.groundTruth
    return queries.allSatisfy { query in
      let stated = truth.places(of: query).prefix { truth.neighbors[$0] >= 0 }.map { Double(truth.distances[$0]) }
      let nearest = (0..<dataset.train.rows).map {
        dataset.metric.referenceDistance(dataset.test[row: query], dataset.train[row: $0])
      }.sorted()
      return zip(stated, nearest).allSatisfy { abs($0 - $1) <= NeighborCheck.forgiven($1) }
    }
  }
}

/// Another way to read what a dataset states: which row an id means, and how far it is.
private struct Reading {
  private let dataset: Dataset
  private let shift: Int
  private let distance: (Span<Float>, Span<Float>) -> Double

  init(_ dataset: Dataset, shift: Int = 0, distance: @escaping (Span<Float>, Span<Float>) -> Double) {
    self.dataset = dataset
    self.shift = shift
    self.distance = distance
  }

  /// The distances of the rows that a query's ids mean; `nil` where one means none.
  private func distances(of query: Int) -> [Double]? {
    let truth = dataset.groundTruth
    var distances: [Double] = []
    for place in truth.places(of: query) where truth.neighbors[place] >= 0 {
      let row = Int(truth.neighbors[place]) + shift
      guard row >= 0, row < dataset.train.rows else { return nil }
      distances.append(distance(dataset.test[row: query], dataset.train[row: row]))
    }
    return distances
  }

  /// Whether the stated distances are those of this reading.
  func agreesWithDistances(_ queries: [Int]) -> Bool {
    let truth = dataset.groundTruth
    return queries.allSatisfy { query in
      guard let distances = distances(of: query) else { return false }
      let stated = truth.places(of: query).lazy.filter { truth.neighbors[$0] >= 0 }.map { Double(truth.distances[$0]) }
      return zip(stated, distances).allSatisfy { abs($0 - $1) <= NeighborCheck.forgiven($1) }
    }
  }

  /// Whether neighbours come nearest first by this reading, and no sampled row is nearer than the last of them.
  func agreesWithOrder(_ queries: [Int], _ sampledRows: Int) -> Bool {
    var random = SeededGenerator(seed: 1)
    let rows = random.spread(sampledRows, below: dataset.train.rows)
    let truth = dataset.groundTruth
    return queries.allSatisfy { query in
      guard let distances = distances(of: query), let last = distances.last, distances.count > 1 else { return false }
      let isInOrder = zip(distances, distances.dropFirst()).allSatisfy { $0 <= $1 + NeighborCheck.forgiven($1) }
      // Equal distances are in any order.
      guard distances[0] + NeighborCheck.forgiven(last) < last else { return false }
      let stated = Set(truth.neighbors[truth.places(of: query)].lazy.map { Int($0) + shift })
      return isInOrder
        && rows.allSatisfy { row in
          stated.contains(row)
            || distance(dataset.test[row: query], dataset.train[row: row]) + 2 * NeighborCheck.forgiven(last) >= last
        }
    }
  }

  /// Whether any of the queries or of their neighbours is not what it would be before a change.
  func changesVectors(_ queries: [Int], _ original: (Span<Float>) -> [Float]) -> Bool {
    func changes(_ vector: Span<Float>) -> Bool {
      let before = original(vector)
      return vector.indices.contains { before[$0] != vector[$0] }
    }
    let truth = dataset.groundTruth
    return queries.contains { query in
      changes(dataset.test[row: query])
        || truth.places(of: query).contains { place in
          truth.neighbors[place] >= 0 && changes(dataset.train[row: Int(truth.neighbors[place])])
        }
    }
  }
}

extension TruthExplanation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .convention(let convention): "\(convention)"
    case .metric(let metric): "the neighbours seem to be those by metric \(metric.rawValue)"
    case .countsFromOne: "the ids seem to count from 1; subtract 1 from each"
    case .wrapped(let wrapped): "\(wrapped) after the truth was found"
    case .firstRows(let count): "all ids are below \(count); the truth seems to be that of the first \(count) rows"
    case .otherOrder:
      "the distances are those of the nearest rows and the ids are not; 'train' seems to be in another order than when the "
        + "truth was found"
    }
  }
}
