import VectorCore

/// Holds stated neighbours against the definition of the distance, in Float64 and one query at a time.
public struct NeighborCheck: Sendable {
  /// How exact neighbours have to be.
  public enum Standard: Sendable {
    /// What this project writes: every place is filled, equal distances are in the order of rows, and distances are
    /// off by no more than rounding to Float32 explains.
    case exact
    /// What recall forgives, for the files of others: 1e-3 as in the threshold of `k-nn`, and a ten-thousandth for
    /// distances whose Float32 digits end before that.
    case recall
  }

  private let dataset: Dataset
  private let truth: GroundTruth
  private let standard: Standard

  /// - Parameters:
  ///   - truth: of the dataset's queries; its own by default. Rows are in range.
  public init(_ dataset: Dataset, truth: GroundTruth? = nil, standard: Standard) {
    self.dataset = dataset
    self.truth = truth ?? dataset.groundTruth
    self.standard = standard
  }

  /// What is wrong with the neighbours stated for a query; nil when nothing is.
  ///
  /// - Complexity: O(n·d).
  public func fault(of query: Int) -> NeighborFault? {
    gap(of: query) ?? direction(of: query) ?? shortfall(of: query) ?? repetition(of: query)
      ?? wrongDistance(of: query) ?? misplacement(of: query) ?? omission(of: query)
  }

  /// The first of some queries that has a fault, in their order. - Complexity: O(queries·n·d).
  public func firstFault(among queries: [Int], threads: Int) -> (query: Int, fault: NeighborFault)? {
    let faults = Self.faults(among: queries, threads: threads, fault)
    return zip(queries, faults).lazy.compactMap { query, fault in fault.map { (query, $0) } }.first
  }

  /// What `look` finds for each of some queries, on several threads.
  static func faults(
    among queries: [Int], threads: Int, _ look: @Sendable (_ query: Int) -> NeighborFault?
  ) -> [NeighborFault?] {
    var faults = [NeighborFault?](repeating: nil, count: queries.count)
    faults.withUnsafeMutableBufferPointer { faults in
      let faults = Disjoint(faults)
      parallelChunks(of: queries.count, chunk: 1, threads: threads) { number, _ in
        faults[number] = look(queries[number])
      }
    }
    return faults
  }

  /// A neighbour behind a place without one.
  func gap(of query: Int) -> NeighborFault? {
    let places = truth.places(of: query)
    guard let first = places.first(where: { truth.neighbors[$0] < 0 }) else { return nil }
    return places[first...].first { truth.neighbors[$0] >= 0 }.map { .gap(position: $0 - places.lowerBound) }
  }

  /// Neighbours of a zero vector under angular distance, which has no direction and so none.
  func direction(of query: Int) -> NeighborFault? {
    let count = rows(of: query).count
    return count > 0 && !dataset.hasDirection(query) ? .withoutDirection(stated: count) : nil
  }

  /// Fewer neighbours than there are places and rows.
  func shortfall(of query: Int) -> NeighborFault? {
    let found = rows(of: query).count
    let expected = min(truth.depth, dataset.train.rows)
    return found == expected || !dataset.hasDirection(query) ? nil : .incomplete(found: found, places: expected)
  }

  /// A row that is stated twice.
  func repetition(of query: Int) -> NeighborFault? {
    let rows = rows(of: query).sorted()
    return zip(rows, rows.dropFirst()).first { $0 == $1 }.map { .twice(row: $0.0) }
  }

  /// A distance that is not that of its row; that of a query without a direction is none. - Complexity: O(depth·d).
  func wrongDistance(of query: Int) -> NeighborFault? {
    guard dataset.hasDirection(query) else { return nil }
    for (place, row) in zip(truth.places(of: query), rows(of: query)) {
      let (exact, slack) = distance(query, row)
      let stated = truth.distances[place]
      // Written so that NaN is a fault.
      if !(abs(Double(stated) - exact) <= slack) { return .wrongDistance(row: row, stated: stated, exact: exact) }
    }
    return nil
  }

  /// A neighbour whose stated distance, or row at the same distance, comes before that of the one ahead of it.
  func misplacement(of query: Int) -> NeighborFault? {
    guard dataset.hasDirection(query) else { return nil }
    let rows = rows(of: query)
    let distances = truth.distances[truth.places(of: query)].prefix(rows.count).map { Double($0) }
    for place in rows.indices.dropFirst() {
      let isInOrder =
        switch standard {
        case .exact: (distances[place - 1], rows[place - 1]) < (distances[place], rows[place])
        case .recall: distances[place - 1] <= distances[place] + Self.forgiven(distances[place])
        }
      if !isInOrder { return .misplaced(row: rows[place], behind: rows[place - 1]) }
    }
    return nil
  }

  /// A row that is not stated and nearer than the farthest that is. - Complexity: O(n·d).
  func omission(of query: Int) -> NeighborFault? { omission(of: query, among: 0..<dataset.train.rows) }

  /// The first of some rows that is not stated and nearer than the farthest that is. - Complexity: O((depth + rows)·d).
  func omission(of query: Int, among candidates: some Sequence<Int>) -> NeighborFault? {
    let rows = rows(of: query)
    guard !rows.isEmpty, dataset.hasDirection(query) else { return nil }
    let (last, lastSlack) = rows.map { distance(query, $0) }.max { $0.exact < $1.exact }!
    let stated = Set(rows)
    for row in candidates where !stated.contains(row) {
      let exact = dataset.metric.referenceDistance(dataset.test[row: query], dataset.train[row: row])
      guard exact < last else { continue }
      if exact + slack(query, row, exact) + lastSlack < last {
        return .omitted(row: row, distance: exact, last: last)
      }
    }
    return nil
  }

  /// Those of some rows that may be nearer to a query than its farthest stated neighbour, by distances in Float32.
  ///
  /// - Parameter gathered: the same rows. - Complexity: O(rows·d), at the speed of the kernels.
  func candidates(_ query: Int, among candidates: [Int], _ gathered: Matrix) -> [Int] {
    let stated = rows(of: query).map { distance(query, $0).exact }
    guard let last = stated.max(), let limit = dataset.metric.length(ofDistance: last) else { return candidates }
    let lengths = dataset.metric.sampledLengths(from: dataset.test[rows: query..<query + 1], to: gathered)
    return zip(candidates, lengths).filter { Double($0.1) < limit }.map(\.0)
  }

  /// The rows stated for a query, up to the first place without one.
  private func rows(of query: Int) -> [Int] {
    truth.neighbors[truth.places(of: query)].prefix { $0 >= 0 }.map { Int($0) }
  }

  private func distance(_ query: Int, _ row: Int) -> (exact: Double, slack: Double) {
    let exact = dataset.metric.referenceDistance(dataset.test[row: query], dataset.train[row: row])
    return (exact, slack(query, row, exact))
  }

  private func slack(_ query: Int, _ row: Int, _ exact: Double) -> Double {
    switch standard {
    case .exact:
      dataset.metric.roundingError(dataset.test[row: query], dataset.train[row: row], distance: exact)
    case .recall: Self.forgiven(exact)
    }
  }

  /// What `Standard.recall` lets pass.
  static func forgiven(_ distance: Double) -> Double { 1e-3 + 1e-4 * abs(distance) }
}
