/// How many candidates of a search among product codes are measured exactly.
///
/// The parameters `refine` and `candidates` say it, with one meaning in every index of product codes.
enum Refinement {
  /// None: the distances of the codes are the answer.
  case off
  /// So many a neighbour.
  case perNeighbor(Int)
  /// So many, and k at the least.
  case candidates(Int)
  /// Ten a neighbour, and a hundred at the least.
  case standard

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

  /// What a search asks for; nothing can be measured where vectors are not kept.
  init(_ parameters: Parameters, keepsVectors: Bool) {
    let refine = parameters.optionalInteger("refine")
    if !keepsVectors || refine == 0 {
      self = .off
    } else if let candidates = parameters.optionalInteger("candidates") {
      self = .candidates(candidates)
    } else {
      self = refine.map(Refinement.perNeighbor) ?? .standard
    }
  }

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
