/// The margins of the leaves of a `FractalCore`, and when they must be measured again.
struct FittedMargins: Equatable {
  let margins: ProbeMargins
  /// The number of vectors in leaves when the margins were measured; 0 before that.
  let count: Int
  /// The number of vectors inserted and removed since the margins were measured.
  private(set) var changes: Int

  /// Margins are measured again after so many changes for each vector that there was at the last measurement.
  private static let changesPerVector = 3
  /// The smallest number of changes after which margins are measured, so that a small index does not measure often.
  private static let fewestChanges = 4096

  /// Of an index that has measured nothing.
  static let unmeasured = FittedMargins(margins: .unmeasured, count: 0)

  init(margins: ProbeMargins, count: Int, changes: Int = 0) {
    self.margins = margins
    self.count = count
    self.changes = changes
  }

  mutating func countChange() { changes += 1 }

  /// Whether the margins must be measured: after three changes for each vector that there was at the last measurement.
  ///
  /// - Parameter count: the number of vectors in leaves.
  func isDue(of count: Int) -> Bool {
    count >= ProbeMargins.fewestVectors && changes >= max(Self.changesPerVector * self.count, Self.fewestChanges)
  }
}
