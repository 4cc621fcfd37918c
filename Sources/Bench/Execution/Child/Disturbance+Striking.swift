import Foundation

extension [Disturbance] {
  /// The same index, disturbed as ordered.
  func disturbing(_ built: Runner.BuiltIndex) -> Runner.BuiltIndex {
    let changes = filter(\.kind.changesSearches)
    guard !changes.isEmpty else { return built }
    return Runner.BuiltIndex(index: DisturbedIndex(built.index, changes), cost: built.cost, folder: built.folder)
  }

  /// Does not return where one is ordered for this label.
  func strike(at label: String) {
    for disturbance in self where !disturbance.kind.changesSearches && disturbance.target == label {
      switch disturbance.kind {
      case .crash: fatalError("ordered to crash")
      case .kill: kill(getpid(), SIGKILL)
      case .hang: while true { sleep(3600) }
      case .eat:
        var eaten: [UnsafeMutableRawPointer] = []
        while true {
          let block = UnsafeMutableRawPointer.allocate(byteCount: 16 << 20, alignment: 64)
          memset(block, 1, 16 << 20)
          eaten.append(block)
        }
      case .slow, .recallLoss: break
      }
    }
  }
}

extension CellRecord.Outcome {
  /// The same; the error of a cell that was disturbed by order says so.
  func telling(_ disturbances: [Disturbance]) -> CellRecord.Outcome {
    guard case .ended(let status, let error) = self, !disturbances.isEmpty else { return self }
    let orders = disturbances.map(\.description).joined(separator: ", ")
    return .ended(status, error: "\(error) (disturbed by order: \(orders))")
  }
}
