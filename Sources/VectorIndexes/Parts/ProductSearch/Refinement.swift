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

  /// What the parameters of a search ask for: as the fields say, but without looking for these in each search.
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

  /// `refine`, then `candidates`.
  static var fields: [ParameterField<Refinement>] {
    [
      ParameterField(
        "refine", .integer(0...1 << 20),
        "candidates a neighbour to measure exactly; 0, or without stored vectors: the order of the codes; auto: 10, and "
          + "100 candidates at the least"
      ) { refinement in
        switch refinement {
        case .off: .integer(0)
        case .perNeighbor(let refine): .integer(refine)
        case .candidates, .standard: .auto
        }
      } set: { refinement, value in
        guard case .integer(let refine) = value else { return }
        refinement = refine == 0 ? .off : .perNeighbor(refine)
      },
      ParameterField(
        "candidates", .integer(1...1 << 32),
        "candidates of a query to measure exactly, k at the least, in place of refine; auto: as refine says",
        insteadOf: "refine"
      ) { refinement in
        if case .candidates(let candidates) = refinement { .integer(candidates) } else { .auto }
      } set: { refinement, value in
        if case .integer(let candidates) = value { refinement = .candidates(candidates) }
      },
    ]
  }

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
