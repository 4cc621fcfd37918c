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

  /// Reads the search parameters `refine` and `candidates`; faster than by their fields, since each search does it.
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
        "number of candidates re-ranked exactly, for each of the k neighbours; 0, or without stored vectors: the order of "
          + "the codes; auto: 10, and at least 100 candidates"
      ) { refinement in
        switch refinement {
        case .off: .integer(0)
        case .perNeighbor(let refine): .integer(refine)
        case .candidates, .standard: .auto
        }
      } set: { refinement, value in
        guard case .integer(let refine) = value else { return }
        refinement = refine == 0 ? .off : .perNeighbor(refine)
      }.tuned(.rising([2, 4, 10, 20, 40].map { .integer($0) })),
      ParameterField(
        "candidates", .integer(1...1 << 32),
        "number of candidates re-ranked exactly in total, at least k, instead of refine; auto: refine decides",
        insteadOf: "refine"
      ) { refinement in
        if case .candidates(let candidates) = refinement { .integer(candidates) } else { .auto }
      } set: { refinement, value in
        if case .integer(let candidates) = value { refinement = .candidates(candidates) }
      },
    ]
  }

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
