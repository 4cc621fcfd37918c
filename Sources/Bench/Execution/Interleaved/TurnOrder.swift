/// The order in which paced children that are measured together take their turns.
enum TurnOrder {
  /// The position of the child whose turn it is: the earliest round first, and within a round the child with the most
  /// work left; `nil` when no child waits for a turn.
  static func next(_ links: [WorkerLink]) -> Int? {
    let waiting = links.indices.filter { place in
      guard links[place].fate == nil, let turn = links[place].turn else { return false }
      return turn != .request
    }
    return waiting.min { first, second in
      let (one, other) = (moment(of: links[first]), moment(of: links[second]))
      if one.round != other.round { return one.round < other.round }
      if one.share != other.share { return one.share < other.share }
      return one.round.isMultiple(of: 2) ? first > second : first < second
    }
  }

  /// The order of a turn: its round, and the fraction of the child's cells that have been measured in it.
  private static func moment(of link: WorkerLink) -> (round: Int, share: Double) {
    guard case .round(let cell, let number, _)? = link.turn else { return (.max, 0) }
    let (count, place) = (link.current.count, cell - link.current.lowerBound)
    let position = number.isMultiple(of: 2) ? count - 1 - place : place
    return (number, Double(position) / Double(count))
  }
}
