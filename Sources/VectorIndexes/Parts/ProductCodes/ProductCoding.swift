import VectorCore
import VectorSearch

/// Valid `ProductCodeOptions` for a dimension and a metric, with the values filled in that the index chooses.
struct ProductCoding {
  let options: ProductCodeOptions
  let shape: ProductCodeShape
  /// The greatest number of iterations when codewords are trained.
  let iterations: Int

  /// The greatest dimension for which there is a rotation; one of 16 384 dimensions takes 1 GiB.
  private static let mostTurned = 1 << 14

  /// Checks options and fills in the values that they leave to the index.
  ///
  /// - Throws: `IndexError.invalidParameter` for an `m` that does not fit dimension and `nbits`, a rotation under
  ///   `manhattan`, whose distances it would change, or `anisotropic` under a metric without inner products.
  init(_ options: ProductCodeOptions, iterations: Int, dimension: Int, metric: Metric) throws(IndexError) {
    self.iterations = iterations
    let rotation = options.rotation
    guard rotation == .none || metric != .manhattan else {
      throw .invalidParameter(
        name: "rotation", value: rotation.rawValue, expected: "none: a rotation changes manhattan distances")
    }
    guard rotation == .none || dimension <= Self.mostTurned else {
      throw .invalidParameter(
        name: "rotation", value: rotation.rawValue,
        expected: "none: rotations have at most \(Self.mostTurned) dimensions, not \(dimension)")
    }
    guard options.anisotropic == 0 || metric == .angular || metric == .dot else {
      throw .invalidParameter(
        name: "anisotropic", value: String(options.anisotropic),
        expected: "0: \(metric) distances are not inner products")
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
  /// The threshold of the anisotropic loss; 0: the squared error.
  var anisotropic: Double { options.anisotropic }
  var keepsVectors: Bool { options.refineStore != .none }

  /// The format in which the vectors are stored.
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

  /// The default number of codes: the largest valid m up to max(d/6, 64) and up to d/2, or else the smallest valid m.
  ///
  /// With 8 bits it is half of that, so that both take the same bytes. For a shortlist of ten times k more codes give
  /// no better recall, and take longer.
  private static func defaultM(dimension: Int, nbits: Int) -> Int? {
    let most = min(max(dimension / 6, 64), dimension / 2) * 4 / nbits
    let valid = (1...dimension).filter { ProductQuantizer.isValid(dimension: dimension, m: $0, nbits: nbits) }
    return valid.last { $0 <= most } ?? valid.first
  }
}
