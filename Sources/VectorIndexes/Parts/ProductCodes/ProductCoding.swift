import VectorCore
import VectorSearch

/// How vectors are coded: `ProductCodeOptions` that suit a dimension and a metric, with what the index chooses filled in.
struct ProductCoding {
  let options: ProductCodeOptions
  let shape: ProductCodeShape
  /// Iterations that train the codewords, at the most.
  let iterations: Int

  /// The dimension above which vectors are not turned: a rotation of 16 384 dimensions takes 1 GiB.
  private static let mostTurned = 1 << 14

  /// - Throws: `IndexError.invalidParameter` for an `m` that does not suit dimension and `nbits`, or a rotation under
  ///   `manhattan`, whose distances it would change, or `anisotropic` under a metric without inner products.
  init(_ options: ProductCodeOptions, iterations: Int, dimension: Int, metric: Metric) throws(IndexError) {
    self.iterations = iterations
    let rotation = options.rotation
    guard rotation == .none || metric != .manhattan else {
      throw .invalidParameter(
        name: "rotation", value: rotation.rawValue, expected: "none: turning vectors changes manhattan distances")
    }
    guard rotation == .none || dimension <= Self.mostTurned else {
      throw .invalidParameter(
        name: "rotation", value: rotation.rawValue,
        expected: "none: a rotation of \(dimension) dimensions has too many numbers, \(Self.mostTurned) are the most")
    }
    guard options.anisotropic == 0 || metric == .angular || metric == .dot else {
      throw .invalidParameter(
        name: "anisotropic", value: String(options.anisotropic),
        expected: "0: \(metric) is not a matter of inner products")
    }
    let nbits = options.nbits.rawValue
    let m = options.m ?? Self.defaultM(dimension: dimension, nbits: nbits)
    guard let m, ProductQuantizer.isValid(dimension: dimension, m: m, nbits: nbits) else {
      let fitting =
        nbits == 4 ? "an even divisor of the dimension \(dimension)" : "a divisor of the dimension \(dimension)"
      throw .invalidParameter(
        name: "m", value: String(options.m ?? 0),
        expected: dimension.isMultiple(of: 2) || nbits == 8 ? fitting : "nbits = 8: 4 bits need an even dimension")
    }
    shape = ProductCodeShape(m: m, nbits: nbits)
    var options = options
    options.m = m
    self.options = options
  }

  var rotation: ProductCodeOptions.RotationKind { options.rotation }
  /// The anisotropic threshold; 0: the plain squared error.
  var anisotropic: Double { options.anisotropic }
  var keepsVectors: Bool { options.refineStore != .none }

  /// How the vectors are laid out.
  func rowFormat(dimension: Int) -> RowFormat {
    let encoding: RowFormat.Encoding =
      switch options.refineStore {
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
