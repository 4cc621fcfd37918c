/// The true nearest neighbours of each query, nearest first, as the dataset states them.
public struct GroundTruth: Sendable {
  /// How many neighbours are stored for each query.
  public let depth: Int
  /// Row numbers in `train`, row-major, q × depth; −1 where there are fewer.
  public let neighbors: [Int64]
  /// Their distances in the dataset's metric, row-major, q × depth.
  public let distances: [Float]

  /// No neighbours, where only the vectors are used.
  public static let none = GroundTruth(depth: 0, neighbors: [], distances: [])

  public init(depth: Int, neighbors: [Int64], distances: [Float]) {
    self.depth = depth
    self.neighbors = neighbors
    self.distances = distances
  }
}
