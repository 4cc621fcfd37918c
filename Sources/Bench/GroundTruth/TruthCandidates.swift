import Datasets
import Files
import HDF5
import VectorCore

/// The nearest rows of each query among some of a dataset's rows, with distances in Float64.
///
/// The distances are computed from their definition in the order of the components, so that every processor computes
/// the same bits. Candidates of different row ranges, found on different nodes, are therefore merged to the same true
/// neighbours as those of one search over all rows.
public struct TruthCandidates: Sendable, Equatable {
  /// The number of candidates beyond k. The search that finds candidates computes in Float32, in which some rows behind
  /// the k-th may change places.
  public static let margin = 16

  /// The number of queries.
  public let queries: Int
  /// The greatest number of candidates of a query.
  public let depth: Int
  /// Row numbers, row-major, q × depth, the nearest first; −1 where there are fewer.
  public private(set) var neighbors: [Int64]
  /// Their distances; infinite where there is none.
  public private(set) var distances: [Double]
  /// From the first to the last of the searched rows; empty before the first search.
  public private(set) var rows = 0..<0
  /// The metric of the distances; `nil` before the first search.
  public private(set) var metric: Metric?

  /// No candidates yet.
  public init(queries: Int, depth: Int) {
    self.queries = queries
    self.depth = depth
    neighbors = Array(repeating: -1, count: queries * depth)
    distances = Array(repeating: .infinity, count: queries * depth)
  }

  /// Adds what a search has found among a block of rows.
  ///
  /// - Parameters:
  ///   - truth: the neighbours in the block, whose rows are counted from the block's first one.
  ///   - block: the vectors of the block.
  ///   - first: the number of the block's first row.
  /// - Complexity: O(q · depth · d).
  public mutating func add(
    _ truth: GroundTruth, in block: Matrix, from first: Int, queries vectors: Matrix, metric: Metric, threads: Int
  ) {
    let searched = first..<first + block.rows
    rows =
      rows.isEmpty
      ? searched : min(rows.lowerBound, searched.lowerBound)..<max(rows.upperBound, searched.upperBound)
    self.metric = metric
    let (depth, queries) = (depth, queries)
    neighbors.withUnsafeMutableBufferPointer { neighbors in
      distances.withUnsafeMutableBufferPointer { distances in
        let (rows, values) = (Disjoint(neighbors), Disjoint(distances))
        parallelChunks(of: queries, chunk: 16, threads: threads) { _, range in
          for query in range {
            // A row of the block that is farther than the last candidate changes nothing.
            let last = values[query * depth + depth - 1]
            var found: [(distance: Double, row: Int64)] = []
            for place in query * truth.depth..<(query + 1) * truth.depth where truth.neighbors[place] >= 0 {
              let row = Int(truth.neighbors[place])
              let distance = metric.referenceDistance(vectors[row: query], block[row: row])
              if distance <= last { found.append((distance, Int64(row + first))) }
            }
            for place in query * depth..<(query + 1) * depth where rows[place] >= 0 {
              found.append((values[place], rows[place]))
            }
            found.sort { $0 < $1 }
            for place in 0..<depth {
              rows[query * depth + place] = place < found.count ? found[place].row : -1
              values[query * depth + place] = place < found.count ? found[place].distance : .infinity
            }
          }
        }
      }
    }
  }

  /// Merges the candidates of other rows into these. - Complexity: O(q · depth · log depth).
  public mutating func merge(_ other: TruthCandidates) {
    precondition(other.queries == queries, "candidates of \(other.queries) and \(queries) queries")
    for query in 0..<queries {
      var all: [(distance: Double, row: Int64)] = []
      for part in [self, other] {
        for place in query * part.depth..<(query + 1) * part.depth where part.neighbors[place] >= 0 {
          all.append((part.distances[place], part.neighbors[place]))
        }
      }
      all.sort { $0 < $1 }
      for place in 0..<depth {
        neighbors[query * depth + place] = place < all.count ? all[place].row : -1
        distances[query * depth + place] = place < all.count ? all[place].distance : .infinity
      }
    }
  }

  /// The k nearest of each query, as true neighbours.
  public func groundTruth(k: Int) -> GroundTruth {
    var (rows, values): ([Int64], [Float]) = ([], [])
    for query in 0..<queries {
      let places = query * depth..<query * depth + min(k, depth)
      rows += neighbors[places]
      values += distances[places].map { Float($0) }
    }
    return GroundTruth(depth: min(k, depth), neighbors: rows, distances: values)
  }
}

extension TruthCandidates {
  /// The name of the file of a shard.
  static let fileName = "candidates.hdf5"

  /// Writes the candidates as an HDF5 file with `neighbors` (i8, q × depth) and `distances` (f8, q × depth).
  public func write(to path: String) throws(HDF5Error) {
    let file = try HDF5File.create(path)
    try file.write(neighbors, shape: [queries, depth], to: "neighbors")
    try file.write(distances, shape: [queries, depth], to: "distances")
    try file.setAttribute("first_row", .integer(Int64(rows.lowerBound)))
    try file.setAttribute("end_row", .integer(Int64(rows.upperBound)))
    if let metric { try file.setAttribute("metric", .string(metric.rawValue)) }
    try file.close()
  }

  /// Writes the candidates to a file that is complete or not there.
  ///
  /// - Throws: `TruthError.candidates`, `OutputError`.
  public func write(toFile target: String) throws {
    let draft = try OutputFile(target).draft()
    do {
      do throws(HDF5Error) { try write(to: draft.path) } catch { throw TruthError.candidates(error) }
      try draft.commit()
    } catch {
      draft.discard()
      throw error
    }
  }

  /// Reads a file that `write` wrote.
  public init(path: String) throws(HDF5Error) {
    let file = try HDF5File.open(path)
    let (rows, values) = (try file.dataset("neighbors"), try file.dataset("distances"))
    guard rows.shape.count == 2, values.shape == rows.shape else {
      throw .wrongShape(path: path, name: "distances", shape: values.shape, expected: "that of neighbors, q × depth")
    }
    (queries, depth) = (rows.shape[0], rows.shape[1])
    neighbors = try rows.read(as: Int64.self)
    distances = try values.read(as: Double.self)
    let (first, end) = (try file.attribute("first_row")?.integer, try file.attribute("end_row")?.integer)
    if let first, let end, 0 <= first, first <= end { self.rows = first..<end }
    metric = try file.attribute("metric")?.string.flatMap(Metric.init(rawValue:))
  }
}
