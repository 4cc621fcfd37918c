import VectorCore
import VectorSearch

/// How an index of product codes codes its vectors, and keeps them beside their codes.
public struct ProductCodeOptions: Sendable, Hashable, Codable {
  /// Bits of a code.
  public enum Bits: Int, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// 16 codewords.
    case four = 4
    /// 256 codewords.
    case eight = 8

    public var description: String { String(rawValue) }
  }

  /// What is done to vectors before they are cut into parts.
  public enum RotationKind: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case none
    /// A random one.
    case random
    /// One that is learnt, so that codes err least (OPQ).
    case opq

    public var description: String { rawValue }
  }

  /// How vectors are kept for re-ranking.
  public enum RefineStore: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// As they are.
    case f32
    /// In 16 bits a component.
    case f16
    /// In 8 bits a component, with a range for each vector.
    case sq8
    /// Not at all: distances are those of the codes.
    case none

    public var description: String { rawValue }
  }

  /// Codes a vector: divides the dimension d, even with 4 bits; `nil`: the most up to d/6 or 64, and d/2; half with 8 bits.
  public var m: Int?
  public var nbits: Bits
  /// Not under `manhattan`, whose distances it would change.
  public var rotation: RotationKind
  /// Under `angular` and `dot`, the cosine from which on a code must keep products right, as ScaNN's 0.2; 0: plain codes.
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
        "codes a vector: divides the dimension d, even with 4 bits; 0: the most up to d/6 or 64, and d/2; half with 8 "
          + "bits"),
      .choice("nbits", \.nbits, "bits of a code: 16 or 256 codewords"),
    ]
  }

  static var choiceFields: [ParameterField<Self>] {
    [
      .choice(
        "rotation", \.rotation,
        "how vectors are turned before they are coded: opq learns it; not under manhattan"),
      .real(
        "anisotropic", \.anisotropic, 0...0.99,
        "under angular and dot: the cosine from which on a code must keep products right, as ScaNN's 0.2; 0: plain codes"
      ),
      .choice(
        "refine_store", \.refineStore,
        "how vectors are kept for re-ranking: as they are, in 16 or 8 bits a component, or not at all"),
    ]
  }
}
