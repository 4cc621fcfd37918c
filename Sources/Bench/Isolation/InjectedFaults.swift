import Foundation

/// A hook for tests: makes a measuring process crash, hang or eat memory where it builds or searches something.
///
/// `RECALLBENCH_TEST_FAULTS="crash@ivf-flat(nlist=8)|hang@…|eat@…"`: the fault strikes where the label of the build, or of
/// the cell whose round begins, is the text behind the `@`. Nothing else reads the variable.
struct InjectedFaults: Sendable {
  static let variable = "RECALLBENCH_TEST_FAULTS"
  static let none = InjectedFaults(specification: "")

  private enum Kind: String {
    case crash, hang, eat
  }

  private let faults: [(kind: Kind, label: String)]

  init(specification: String) {
    faults = specification.split(separator: "|").compactMap { fault in
      let parts = fault.split(separator: "@", maxSplits: 1)
      guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
      return (kind, String(parts[1]))
    }
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
