import Datasets
import VectorCore
import VectorIndexes

/// A part of a dataset, on which settings are tried before they are measured on all of it.
struct DatasetSample: Sendable, Equatable, Codable {
  /// The numbers of rows and of queries, at most those of the dataset; they are taken at even distances.
  var rows: Int
  var queries: Int

  /// The part of a dataset with the true neighbours of its queries.
  ///
  /// - Parameter k: the number of neighbours that are judged, at most the number of rows.
  /// - Throws: `BenchError`, as `GroundTruthSearch` does.
  /// - Complexity: O(queries·rows·d) when rows are left out, and otherwise O(queries·(d + depth)).
  func taken(from dataset: Dataset, k: Int, threads: Int) throws(BenchError) -> Dataset {
    let places = Self.places(queries, of: dataset.test.rows)
    guard rows < dataset.train.rows else { return dataset.withQueries(places) }
    let test = dataset.test.gathering(places)
    let part = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric,
      train: dataset.train.gathering(Self.places(rows, of: dataset.train.rows), threads: threads), test: test,
      groundTruth: .none)
    return Dataset(
      name: part.name, path: part.path, metric: part.metric, train: part.train, test: test,
      groundTruth: try GroundTruthSearch(part, k: k, threads: threads).run().groundTruth)
  }

  /// `count` positions of 0..<total at even distances.
  private static func places(_ count: Int, of total: Int) -> [Int] { (0..<count).map { $0 * total / count } }
}

extension Dataset {
  /// The same dataset with some of its queries.
  ///
  /// - Complexity: O(queries · (d + depth)).
  func withQueries(_ queries: [Int]) -> Dataset {
    let places = queries.map { $0 * groundTruth.depth..<($0 + 1) * groundTruth.depth }
    return Dataset(
      name: name, path: path, metric: metric, train: train, test: test.gathering(queries),
      groundTruth: GroundTruth(
        depth: groundTruth.depth, neighbors: places.flatMap { groundTruth.neighbors[$0] },
        distances: places.flatMap { groundTruth.distances[$0] }))
  }
}
