import Foundation

/// An artificial fault in a measuring process, with which tests check the reaction of the harness.
///
/// It is part of a `WorkOrder`, and every measurement of such an order records it in its provenance. `recallbench`
/// never injects one; the test program DisturbedProgram does. As text: `crash@ivf-flat(nlist=8)`, `slow=1.10@head`.
package struct Disturbance: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// The process traps when it builds or searches the target.
    case crash
    /// The process kills itself with SIGKILL at that point.
    case kill
    /// The process stops at that point without any further output.
    case hang
    /// The process allocates memory at that point until none is left.
    case eat
    /// Searches take `amount` times as long.
    case slow
    /// A fraction `amount` of the returned ids is replaced by invalid ids, the same ones in each round.
    case recallLoss = "recall-loss"

    /// Whether the fault changes every search of one side by an amount; the other faults happen once.
    var changesSearches: Bool { self == .slow || self == .recallLoss }
  }

  package let kind: Kind
  /// The amount; 0 for kinds without one.
  package let amount: Double
  /// The label of a build, or of the cell whose round begins; for a change of searches, `base` or `head`.
  package let target: String

  /// Parses `kind@label|kind=amount@side|…`; `nil` when the text is not such a list, an empty list when it is empty.
  package static func list(parsing text: String) -> [Disturbance]? {
    let disturbances = text.split(separator: "|").map { Disturbance(parsing: $0) }
    return disturbances.contains { $0 == nil } ? nil : disturbances.compactMap { $0 }
  }

  private init?(parsing text: Substring) {
    let parts = text.split(separator: "@", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let words = parts[0].split(separator: "=", maxSplits: 1)
    let amount = words.count == 2 ? Double(words[1]) : nil
    guard let name = words.first, let kind = Kind(rawValue: String(name)),
      kind.changesSearches == (amount != nil) && words.count == (kind.changesSearches ? 2 : 1),
      !kind.changesSearches || WorkSide(rawValue: String(parts[1])) != nil
    else { return nil }
    (self.kind, self.amount, target) = (kind, amount ?? 0, String(parts[1]))
  }

  /// Whether the fault applies to the process of this side. A fault at a label applies to both sides.
  func concerns(_ side: WorkSide) -> Bool { !kind.changesSearches || target == side.rawValue }
}

extension Disturbance: CustomStringConvertible {
  package var description: String {
    kind.changesSearches ? "\(kind.rawValue)=\(amount)@\(target)" : "\(kind.rawValue)@\(target)"
  }
}
