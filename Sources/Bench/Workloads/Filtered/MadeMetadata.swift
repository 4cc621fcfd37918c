import VectorCore
import VectorSearch

/// Metadata that are made for a dataset without any, from a fixed seed: a number by chance, and a region of the space.
///
/// The field `made draw` has the numbers 0 to 999, each in the same number of rows, at random: rows with `made draw` < 10 are 1 %
/// of all, independent of the vectors. The field `made region` is the number of the nearest of up to 256 centroids of
/// k-means (squared L2). A correlated filter accepts whole regions, and of the last one the rows with a `draw` below a
/// limit, so that it accepts the share that was asked for.
struct MadeMetadata: Sendable {
  /// The names contain a space, so that they are not those of a dataset's own columns.
  static let drawField = "made draw"
  static let regionField = "made region"
  private static let draws = 1000
  private static let mostRegions = 256
  /// The least number of rows a region, on average.
  private static let rowsInRegion = 32
  private static let seed: UInt64 = 0xF117_E12E_DF11_7E12

  private let rows: Int
  private let draw: [Int32]
  private let region: [Int32]
  private let members: ClusterMembers
  private let centroids: NearestCentroid

  /// - Complexity: O(n·d·regions).
  init(of vectors: Matrix, threads: Int) {
    rows = vectors.rows
    var generator = SeededGenerator(seed: Self.seed)
    var draw = [Int32](repeating: 0, count: rows)
    for (place, row) in generator.sample(rows, below: rows).enumerated() {
      draw[row] = Int32(place * Self.draws / rows)
    }
    self.draw = draw
    let count = max(1, min(Self.mostRegions, rows / Self.rowsInRegion))
    let size = min(64 * count, rows)
    let sample = vectors.gathering(generator.sample(size, below: rows).sorted(), threads: threads)
    let trained = KMeans.train(sample, k: count, maxIterations: 10, seed: generator.next(), threads: threads)
    centroids = NearestCentroid(trained.centroids)
    region = centroids.assign(vectors, threads: threads)
    members = ClusterMembers(labels: region, clusters: count)
  }

  /// The fields of a row.
  func metadata(of row: Int) -> Metadata {
    [Self.drawField: .integer(Int64(draw[row])), Self.regionField: .integer(Int64(region[row]))]
  }

  /// The filters that accept `permille` thousandths of the rows.
  ///
  /// - Complexity: O(q·regions·d + filters·n).
  func filters(permille: Int, _ correlation: FilterChoice.Correlation, queries: Matrix, threads: Int) -> QueryFilters {
    if correlation == .independent {
      return QueryFilters(
        [.less(Self.drawField, .integer(Int64(permille)))], matches: [drawn(below: permille)],
        numbers: Array(repeating: 0, count: queries.rows))
    }
    let own = centroids.assign(queries, threads: threads)
    var places: [Int32: Int] = [:]
    var filters: [Filter] = []
    var matches: [RowBitmap] = []
    let numbers = own.map { region in
      if let place = places[region] { return place }
      let (filter, accepted) = filter(permille: permille, order(of: Int(region), isFar: correlation == .far))
      filters.append(filter)
      matches.append(accepted)
      places[region] = filters.count - 1
      return filters.count - 1
    }
    return QueryFilters(filters, matches: matches, numbers: numbers)
  }

  /// All regions by the distance of their centroids from that of one region, the nearest or the farthest first.
  private func order(of region: Int, isFar: Bool) -> [Int] {
    let center = centroids.matrix[row: region]
    let distances = (0..<centroids.count).map { other in
      let centroid = centroids.matrix[row: other]
      return center.indices.reduce(Float(0)) { $0 + (centroid[$1] - center[$1]) * (centroid[$1] - center[$1]) }
    }
    return distances.indices.sorted { one, other in
      isFar
        ? (distances[one], other) > (distances[other], one) : (distances[one], one) < (distances[other], other)
    }
  }

  /// The filter that accepts the rows of the first regions, as many as `permille` thousandths of all are.
  private func filter(permille: Int, _ order: [Int]) -> (Filter, RowBitmap) {
    let wanted = max(1, (rows * permille + 500) / 1000)
    var accepted = RowBitmap(rows: rows)
    var whole: [Int] = []
    for region in order {
      let own = members.rows(of: region)
      let missing = wanted - accepted.count
      guard missing > 0 else { break }
      if own.count <= missing {
        whole.append(region)
        for row in own { accepted.insert(Int(row)) }
        continue
      }
      // The limit of `draw` at which the region has as many rows as are missing.
      let limit = Int(own.map { draw[Int($0)] }.sorted()[missing - 1]) + 1
      for row in own where draw[Int(row)] < Int32(limit) { accepted.insert(Int(row)) }
      let part = Filter.and([
        .equal(Self.regionField, .integer(Int64(region))), .less(Self.drawField, .integer(Int64(limit))),
      ])
      return (whole.isEmpty ? part : .or([Self.isIn(whole), part]), accepted)
    }
    return (Self.isIn(whole), accepted)
  }

  private static func isIn(_ regions: [Int]) -> Filter {
    .isIn(regionField, regions.map { .integer(Int64($0)) })
  }

  private func drawn(below limit: Int) -> RowBitmap {
    var accepted = RowBitmap(rows: rows)
    for row in 0..<rows where draw[row] < Int32(limit) { accepted.insert(row) }
    return accepted
  }
}
