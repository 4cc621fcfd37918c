import Foundation

/// A hook for tests: makes a measuring process crash, hang or eat memory where it builds or searches something, or
/// makes its searches slower or worse.
///
/// `RECALLBENCH_TEST_FAULTS="crash@ivf-flat(nlist=8)|hang@…|eat@…"`: the fault strikes where the label of the build, or of
/// the cell whose round begins, is the text behind the `@`. `slow=1.10@head|recall-loss=0.005@head`: every search of
/// that side of a comparison takes 1.10 times as long, and loses that share of its answers. Nothing else reads the
/// variable.
struct InjectedFaults: Sendable {
  static let variable = "RECALLBENCH_TEST_FAULTS"
  static let none = InjectedFaults(specification: "")

  private enum Kind: String {
    case crash, hang, eat
  }

  private let faults: [(kind: Kind, label: String)]
  private let disturbances: [(side: WorkSide, disturbance: DisturbedIndex.Disturbance)]

  init(specification: String) {
    let parts = specification.split(separator: "|").map { $0.split(separator: "@", maxSplits: 1) }
    disturbances = parts.compactMap { parts in
      guard parts.count == 2, let side = WorkSide(rawValue: String(parts[1])) else { return nil }
      let words = parts[0].split(separator: "=", maxSplits: 1)
      guard words.count == 2, let kind = DisturbedIndex.Disturbance.Kind(rawValue: String(words[0])),
        let amount = Double(words[1])
      else { return nil }
      return (side, DisturbedIndex.Disturbance(kind: kind, amount: amount))
    }
    faults = parts.compactMap { parts in
      guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
      return (kind, String(parts[1]))
    }
  }

  /// The same index, disturbed as asked for that side.
  func disturbing(_ built: Runner.BuiltIndex, side: WorkSide) -> Runner.BuiltIndex {
    let wanted = disturbances.filter { $0.side == side }.map(\.disturbance)
    guard !wanted.isEmpty else { return built }
    return Runner.BuiltIndex(
      index: DisturbedIndex(built.index, wanted), cost: built.cost, folder: built.folder)
  }

  /// Does not return where there is a fault for this label.
  func strike(at label: String) {
    for fault in faults where fault.label == label {
      switch fault.kind {
      case .crash: fatalError("injected fault")
      case .hang: while true { sleep(3600) }
      case .eat:
        var eaten: [UnsafeMutableRawPointer] = []
        while true {
          let block = UnsafeMutableRawPointer.allocate(byteCount: 16 << 20, alignment: 64)
          memset(block, 1, 16 << 20)
          eaten.append(block)
        }
      }
    }
  }
}
