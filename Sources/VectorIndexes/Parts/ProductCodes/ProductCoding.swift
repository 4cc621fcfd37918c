import VectorCore

/// The build parameters that say how vectors are coded, and kept beside their codes; checked against the dimension.
struct ProductCoding {
  let shape: ProductCodeShape
  let rotation: RotationKind
  /// The anisotropic threshold; 0: the plain squared error.
  let anisotropic: Double
  /// How vectors are kept.
  let refineStore: RefineStore
  /// Iterations that train the codewords, at the most.
  let iterations: Int

  /// The dimension above which vectors are not turned: a rotation of 16 384 dimensions takes 1 GiB.
  private static let mostTurned = 1 << 14

  /// What is done to vectors before they are cut into parts.
  enum RotationKind: String, CaseIterable { case none, random, opq }

  /// How vectors are kept for re-ranking.
  enum RefineStore: String, CaseIterable { case f32, f16, sq8, none }

  static let shapeDeclarations = [
    ParameterDeclaration(
      "m", .integer(0...1 << 16), default: .integer(0),
      "codes a vector: divides the dimension d, even with 4 bits; 0: the most up to d/6 or 64, and d/2; half with 8 bits"
    ),
    ParameterDeclaration("nbits", .choice(["4", "8"]), default: .choice("4"), "bits of a code: 16 or 256 codewords"),
  ]
  static let choiceDeclarations = [
    ParameterDeclaration(
      "rotation", .choice(RotationKind.allCases.map(\.rawValue)), default: .choice(RotationKind.none.rawValue),
      "how vectors are turned before they are coded: opq learns it; not under manhattan"),
    ParameterDeclaration(
      "anisotropic", .real(0...0.99), default: .real(0),
      "under angular and dot: the cosine from which on a code must keep products right, as ScaNN's 0.2; 0: plain codes"),
    ParameterDeclaration(
      "refine_store", .choice(RefineStore.allCases.map(\.rawValue)), default: .choice(RefineStore.f32.rawValue),
      "how vectors are kept for re-ranking: as they are, in 16 or 8 bits a component, or not at all"),
  ]

  /// - Throws: `IndexError.invalidParameter` for an `m` that does not suit dimension and `nbits`, or a rotation under
  ///   `manhattan`, whose distances it would change, or `anisotropic` under a metric without inner products.
  init(_ parameters: Parameters, iterations: Int, dimension: Int, metric: Metric) throws(IndexError) {
    self.iterations = iterations
    refineStore = RefineStore(rawValue: parameters.choice("refine_store")) ?? .f32
    let asksFor = parameters.choice("rotation")
    rotation = RotationKind(rawValue: asksFor) ?? .none
    guard rotation == .none || metric != .manhattan else {
      throw .invalidParameter(
        name: "rotation", value: asksFor, expected: "none: turning vectors changes manhattan distances")
    }
    guard rotation == .none || dimension <= Self.mostTurned else {
      throw .invalidParameter(
        name: "rotation", value: asksFor,
        expected: "none: a rotation of \(dimension) dimensions has too many numbers, \(Self.mostTurned) are the most")
    }
    anisotropic = parameters.real("anisotropic")
    guard anisotropic == 0 || metric == .angular || metric == .dot else {
      throw .invalidParameter(
        name: "anisotropic", value: String(anisotropic), expected: "0: \(metric) is not a matter of inner products")
    }
    let nbits = parameters.choice("nbits") == "4" ? 4 : 8
    let asked = parameters.integer("m")
    let m = asked > 0 ? asked : Self.defaultM(dimension: dimension, nbits: nbits)
    guard let m, ProductQuantizer.isValid(dimension: dimension, m: m, nbits: nbits) else {
      let fitting =
        nbits == 4 ? "an even divisor of the dimension \(dimension)" : "a divisor of the dimension \(dimension)"
      throw .invalidParameter(
        name: "m", value: String(asked),
        expected: dimension.isMultiple(of: 2) || nbits == 8 ? fitting : "nbits = 8: 4 bits need an even dimension")
    }
    shape = ProductCodeShape(m: m, nbits: nbits)
  }

  var keepsVectors: Bool { refineStore != .none }

  /// How the vectors are laid out.
  func rowFormat(dimension: Int) -> RowFormat {
    let encoding: RowFormat.Encoding =
      switch refineStore {
      case .f32: .floats
      case .f16: .halves
      case .sq8: .bytes
      case .none: .absent
      }
    return RowFormat(encoding: encoding, dimension: dimension)
  }

  /// The largest valid m up to the greater of d/6 and 64, and up to d/2, with 4 bits; half as many with 8, so that both
  /// take the same bytes; else the smallest. More codes find no better shortlist of ten times k, and take longer.
  private static func defaultM(dimension: Int, nbits: Int) -> Int? {
    let most = min(max(dimension / 6, 64), dimension / 2) * 4 / nbits
    let valid = (1...dimension).filter { ProductQuantizer.isValid(dimension: dimension, m: $0, nbits: nbits) }
    return valid.last { $0 <= most } ?? valid.first
  }
}
