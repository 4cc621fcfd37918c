import Foundation

extension [Disturbance] {
  /// The same index with the artificial faults of its searches.
  func disturbing(_ built: Runner.BuiltIndex) -> Runner.BuiltIndex {
    let changes = filter(\.kind.changesSearches)
    guard !changes.isEmpty else { return built }
    return Runner.BuiltIndex(index: DisturbedIndex(built.index, changes), cost: built.cost, folder: built.folder)
  }

  /// Does not return when a fault is specified for this label.
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
  /// The same outcome; the error of a disturbed cell mentions the artificial fault.
  func telling(_ disturbances: [Disturbance]) -> CellRecord.Outcome {
    guard case .ended(let status, let error) = self, !disturbances.isEmpty else { return self }
    let orders = disturbances.map(\.description).joined(separator: ", ")
    return .ended(status, error: "\(error) (disturbed by order: \(orders))")
  }
}

extension Provenance {
  /// The provenance of measurements into which these faults are injected.
  func disturbed(by disturbances: [Disturbance]) -> Provenance {
    var provenance = self
    provenance.disturbances = disturbances.map(\.description)
    return provenance
  }
}
