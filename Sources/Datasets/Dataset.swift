import VectorCore

/// What a sweep measures on: vectors to index, queries, and the true neighbours of each query.
public struct Dataset: Sendable {
  /// The catalog's name, or the file's name without its ending.
  public let name: String
  public let path: String
  public let metric: Metric
  /// The vectors to index, n × d; row i has id i.
  public let train: Matrix
  /// The queries, q × d.
  public let test: Matrix
  public let groundTruth: GroundTruth

  public init(name: String, path: String, metric: Metric, train: Matrix, test: Matrix, groundTruth: GroundTruth) {
    self.name = name
    self.path = path
    self.metric = metric
    self.train = train
    self.test = test
    self.groundTruth = groundTruth
  }
}

/// The true nearest neighbours of each query, nearest first, as the dataset states them.
public struct GroundTruth: Sendable {
  /// How many neighbours are stored for each query.
  public let depth: Int
  /// Row numbers in `train`, row-major, q × depth; −1 where there are fewer.
  public let neighbors: [Int64]
  /// Their distances in the dataset's metric, row-major, q × depth.
  public let distances: [Float]

  public init(depth: Int, neighbors: [Int64], distances: [Float]) {
    self.depth = depth
    self.neighbors = neighbors
    self.distances = distances
  }
}
