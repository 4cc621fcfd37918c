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
  /// More vectors as the queries are, to learn from; nil where there are none.
  public let learn: LearnSet?
  /// What is known of the rows of all of `train` in the files; nil where there is nothing.
  public let metadata: DatasetMetadata?
  /// The filters that the files state for the queries; nil where there are none.
  public let conditions: QueryConditions?

  public init(
    name: String, path: String, metric: Metric, train: Matrix, test: Matrix, groundTruth: GroundTruth,
    learn: LearnSet? = nil, metadata: DatasetMetadata? = nil, conditions: QueryConditions? = nil
  ) {
    self.name = name
    self.path = path
    self.metric = metric
    self.train = train
    self.test = test
    self.groundTruth = groundTruth
    self.learn = learn
    self.metadata = metadata
    self.conditions = conditions
  }
}
