import VectorSearch

/// How many candidates of a search among product codes are re-ranked by exact distances.
///
/// The search parameters `refine` and `candidates` set it, with the same meaning in every index of product codes.
public enum Refinement: Sendable, Hashable, Codable {
  /// No candidate: the distances of the codes are the answer.
  case off
  /// This many candidates for each of the k neighbours, at least 1.
  case perNeighbor(Int)
  /// This many candidates in total, at least 1, but never fewer than k.
  case candidates(Int)
  /// Ten candidates for each of the k neighbours, and at least a hundred.
  case standard

  /// Reads the refinement from the parameters of a search.
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

  /// The parameters as text.
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
      "number of candidates re-ranked exactly, for each of the k neighbours; 0, or without stored vectors: the order of "
        + "the codes; auto: 10, and at least 100 candidates"),
    ParameterDeclaration(
      "candidates", .integer(1...1 << 32), default: .auto,
      "number of candidates re-ranked exactly in total, at least k, instead of refine; auto: refine decides",
      insteadOf: "refine"),
  ]

  /// The same refinement, or none if no vectors are stored from which exact distances could be computed.
  func limited(toKeptVectors keepsVectors: Bool) -> Refinement { keepsVectors ? self : .off }

  var isOff: Bool { if case .off = self { true } else { false } }

  /// The number of candidates in a search for `k` neighbours among `count` vectors.
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
