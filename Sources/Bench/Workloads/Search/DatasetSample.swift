import Datasets
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
    let test = dataset.test.gathering(places)
    guard rows < dataset.train.rows else {
      let truth = dataset.groundTruth
      let chosen = places.map { $0 * truth.depth..<($0 + 1) * truth.depth }
      return Dataset(
        name: dataset.name, path: dataset.path, metric: dataset.metric, train: dataset.train, test: test,
        groundTruth: GroundTruth(
          depth: truth.depth, neighbors: chosen.flatMap { truth.neighbors[$0] },
          distances: chosen.flatMap { truth.distances[$0] }))
    }
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
