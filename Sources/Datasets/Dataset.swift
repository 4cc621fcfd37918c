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
