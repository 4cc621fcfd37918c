/// The rows of each cluster in ascending order, computed by a counting sort.
public struct ClusterMembers: Sendable {
  private let starts: [Int]
  private let order: [UInt32]

  /// Sorts rows 0, 1, … by their labels, each of which is below `clusters`. - Complexity: O(n + clusters).
  public init(labels: [Int32], clusters: Int) {
    var starts = [Int](repeating: 0, count: clusters + 1)
    for label in labels { starts[Int(label) + 1] += 1 }
    for cluster in 0..<clusters { starts[cluster + 1] += starts[cluster] }
    var next = starts
    var order = [UInt32](repeating: 0, count: labels.count)
    for (row, label) in labels.enumerated() {
      order[next[Int(label)]] = UInt32(row)
      next[Int(label)] += 1
    }
    self.starts = starts
    self.order = order
  }

  /// The rows whose label is `cluster`. - Complexity: O(1).
  public func rows(of cluster: Int) -> ArraySlice<UInt32> { order[starts[cluster]..<starts[cluster + 1]] }
}
