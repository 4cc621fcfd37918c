import VectorSearch

/// How many candidates of a search among product codes are measured exactly.
///
/// The parameters `refine` and `candidates` say it, with one meaning in every index of product codes.
public enum Refinement: Sendable, Hashable, Codable {
  /// None: the distances of the codes are the answer.
  case off
  /// So many for each neighbour, at least 1.
  case perNeighbor(Int)
  /// So many, at least 1, and never fewer than the neighbours asked for.
  case candidates(Int)
  /// Ten for each neighbour, and a hundred at the least.
  case standard

  /// What the parameters of a search ask for.
  init(_ parameters: Parameters) {
    let refine = parameters.optionalInteger("refine")
    if refine == 0 {
      self = .off
    } else if let candidates = parameters.optionalInteger("candidates") {
      self = .candidates(candidates)
    } else {
      self = refine.map(Refinement.perNeighbor) ?? .standard
    }
  }

  /// The parameters, as they are typed.
  var settings: [String: String] {
    switch self {
    case .off: ["refine": "0"]
    case .perNeighbor(let refine): ["refine": String(refine)]
    case .candidates(let candidates): ["candidates": String(candidates)]
    case .standard: [:]
    }
  }

  static let declarations = [
    ParameterDeclaration(
      "refine", .integer(0...1 << 20), default: .auto,
      "candidates a neighbour to measure exactly; 0, or without stored vectors: the order of the codes; auto: 10, and "
        + "100 candidates at the least"),
    ParameterDeclaration(
      "candidates", .integer(1...1 << 32), default: .auto,
      "candidates of a query to measure exactly, k at the least, in place of refine; auto: as refine says",
      insteadOf: "refine"),
  ]

  /// The same, or none where vectors are not kept, so that nothing can be measured.
  func limited(toKeptVectors keepsVectors: Bool) -> Refinement { keepsVectors ? self : .off }

  var isOff: Bool { if case .off = self { true } else { false } }

  /// How many candidates a search keeps for `k` neighbours of `count` vectors.
  func candidates(for k: Int, of count: Int) -> Int {
    let k = min(k, count)
    guard k > 0 else { return 0 }
    let wanted =
      switch self {
      case .off: k
      case .perNeighbor(let refine): refine * k
      case .candidates(let candidates): max(candidates, k)
      case .standard: max(10 * k, 100)
      }
    return min(wanted, count)
  }
}
