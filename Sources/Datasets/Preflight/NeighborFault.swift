/// What is wrong with the neighbours stated for one query.
public enum NeighborFault: Error, Equatable, Sendable {
  /// Places without a neighbour where there are rows enough.
  case incomplete(found: Int, places: Int)
  /// Neighbours of a zero vector, under angular distance.
  case withoutDirection(stated: Int)
  /// A neighbour behind a place that has none.
  case gap(position: Int)
  /// The same row at two places.
  case twice(row: Int)
  /// A distance that is not that of its row.
  case wrongDistance(row: Int, stated: Float, exact: Double)
  /// A neighbour behind one that is farther, or as far and of a higher row.
  case misplaced(row: Int, behind: Int)
  /// A row that is nearer than the last stated one.
  case omitted(row: Int, distance: Double, last: Double)
}

extension NeighborFault {
  /// Whether the list is wrong in itself, whatever the vectors are.
  var isOfList: Bool {
    switch self {
    case .gap, .twice, .incomplete: true
    case .withoutDirection, .wrongDistance, .misplaced, .omitted: false
    }
  }
}

extension NeighborFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .incomplete(let found, let places): "\(found) of \(places) neighbours were found"
    case .withoutDirection(let stated):
      "\(stated) neighbours are stated of a zero vector, which has none by angular distance"
    case .gap(let position): "a neighbour stands in column \(position), behind a place without one (-1)"
    case .twice(let row): "row \(row) is stated twice"
    case .wrongDistance(let row, let stated, let exact):
      "row \(row) is stated at distance \(stated), but is at \(exact)"
    case .misplaced(let row, let behind): "row \(row) is stated behind row \(behind), which is not nearer"
    case .omitted(let row, let distance, let last):
      "row \(row) is at distance \(distance), nearer than the last stated one at \(last)"
    }
  }
}
