import Foundation

/// Something that is ordered to go wrong in a measuring process, to see what the harness makes of it.
///
/// It is part of a `WorkOrder`, and every measurement of such an order says so in its provenance. `recallbench` orders
/// none; the test program DisturbedProgram does. As text: `crash@ivf-flat(nlist=8)`, `slow=1.10@head`.
package struct Disturbance: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// The process traps where it builds or searches what the target names.
    case crash
    /// It ends itself by SIGKILL there.
    case kill
    /// It stops there and says nothing more.
    case hang
    /// It takes memory there until there is no more.
    case eat
    /// Searches take `amount` times as long.
    case slow
    /// A share `amount` of the answers become ids of no row, the same ones in each round.
    case recallLoss = "recall-loss"

    /// Whether it changes every search of a side, by an amount; the others strike once.
    var changesSearches: Bool { self == .slow || self == .recallLoss }
  }

  package let kind: Kind
  /// 0 for kinds that have none.
  package let amount: Double
  /// The label of a build, or of the cell whose round begins; of a change of searches `base` or `head`.
  package let target: String

  /// Reads `kind@label|kind=amount@side|…`; nil for what is no such list, an empty list for an empty text.
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

  /// Whether it is an order for the process of this side. What strikes at a label does so on both sides.
  func concerns(_ side: WorkSide) -> Bool { !kind.changesSearches || target == side.rawValue }
}

extension Disturbance: CustomStringConvertible {
  package var description: String {
    kind.changesSearches ? "\(kind.rawValue)=\(amount)@\(target)" : "\(kind.rawValue)@\(target)"
  }
}
