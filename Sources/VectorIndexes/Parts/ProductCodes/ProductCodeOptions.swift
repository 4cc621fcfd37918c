import VectorCore
import VectorSearch

/// How an index of product codes encodes its vectors, and in which format it stores them besides.
public struct ProductCodeOptions: Sendable, Hashable, Codable {
  /// The number of bits of one code.
  public enum Bits: Int, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// 4 bits: 16 codewords.
    case four = 4
    /// 8 bits: 256 codewords.
    case eight = 8

    public var description: String { String(rawValue) }
  }

  /// The rotation of vectors before they are split into subvectors.
  public enum RotationKind: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case none
    /// A random rotation.
    case random
    /// A rotation learned so that the coding error is least (OPQ).
    case opq

    public var description: String { rawValue }
  }

  /// The format in which vectors are stored for re-ranking.
  public enum RefineStore: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// 32-bit floats, the vectors themselves.
    case f32
    /// 16-bit floats.
    case f16
    /// 8 bits per component, with a range for each vector.
    case sq8
    /// No vectors are stored: distances are those of the codes.
    case none

    public var description: String { rawValue }
  }

  /// The number of codes per vector; a divisor of d, and even with 4 bits.
  ///
  /// `nil` chooses the largest valid number up to max(d/6, 64) and up to d/2; with 8 bits half of that.
  public var m: Int?
  public var nbits: Bits
  /// The rotation; not available under `manhattan`, whose distances a rotation would change.
  public var rotation: RotationKind
  /// The threshold of the anisotropic loss of ScaNN under `angular` and `dot`, a cosine such as 0.2; 0: the squared
  /// error.
  public var anisotropic: Double
  public var refineStore: RefineStore

  public init(
    m: Int? = nil, nbits: Bits = .four, rotation: RotationKind = .none, anisotropic: Double = 0,
    refineStore: RefineStore = .f32
  ) {
    self.m = m
    self.nbits = nbits
    self.rotation = rotation
    self.anisotropic = anisotropic
    self.refineStore = refineStore
  }

  static var shapeFields: [ParameterField<Self>] {
    [
      .chosenAtZero(
        "m", \.m, 1...1 << 16,
        "number of codes per vector: a divisor of the dimension d, even with 4 bits; 0: the largest up to max(d/6, 64) "
          + "and d/2, with 8 bits half of that"),
      .choice("nbits", \.nbits, "number of bits of a code: 4 for 16 codewords, 8 for 256")
        .tuned(.values(Bits.allCases.map { .choice($0.description) })),
    ]
  }

  static var choiceFields: [ParameterField<Self>] {
    [
      .choice(
        "rotation", \.rotation,
        "rotation of vectors before they are encoded; opq learns it; not under manhattan"),
      .real(
        "anisotropic", \.anisotropic, 0...0.99,
        "threshold of ScaNN's anisotropic loss under angular and dot, a cosine such as 0.2; 0: the squared error"
      ),
      .choice(
        "refine_store", \.refineStore,
        "format of the vectors stored for re-ranking: floats, 16 or 8 bits per component, or no vectors"),
    ]
  }
}
