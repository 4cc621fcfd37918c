import Datasets
import VectorCore

/// The size and the metric of the data that is searched.
public struct DatasetShape: Sendable, Equatable, Codable {
  public var name: String
  public var metric: Metric
  public var trainSize: Int
  public var dimension: Int
  public var queries: Int

  public init(name: String, metric: Metric, trainSize: Int, dimension: Int, queries: Int) {
    self.name = name
    self.metric = metric
    self.trainSize = trainSize
    self.dimension = dimension
    self.queries = queries
  }
}

extension DatasetShape {
  public init(_ dataset: Dataset) {
    self.init(
      name: dataset.name, metric: dataset.metric, trainSize: dataset.train.rows,
      dimension: dataset.train.columns, queries: dataset.test.rows)
  }
}
