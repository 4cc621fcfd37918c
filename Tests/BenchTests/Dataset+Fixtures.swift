import Datasets
import VectorCore

extension Dataset {
  /// Points 0, 1, 2, … on a line and queries a little beside some of them: query i is at 10·i + 0.1.
  ///
  /// The true neighbours of each query are thus known by heart: 10i, 10i + 1, 10i − 1, 10i + 2, …
  static func line(points: Int = 100, queries: Int = 10, depth: Int = 10) -> Dataset {
    let train = Matrix((0..<points).map { [Float($0), 0] })
    let test = Matrix((0..<queries).map { [Float(10 * $0) + 0.1, 0] })
    var neighbors: [Int64] = []
    var distances: [Float] = []
    for query in 0..<queries {
      let place = Double(test[row: query][0])
      let nearest = (0..<points).sorted { (abs(Double($0) - place), $0) < (abs(Double($1) - place), $1) }
      for row in nearest.prefix(depth) {
        neighbors.append(Int64(row))
        distances.append(Float(abs(Double(row) - place)))
      }
    }
    return Dataset(
      name: "line", path: "/line.hdf5", metric: .euclidean, train: train, test: test,
      groundTruth: GroundTruth(depth: depth, neighbors: neighbors, distances: distances))
  }
}
