import VectorCore

/// The build parameters of a `fractal` index, checked against each other and against the dimension.
struct FractalConfiguration {
  let limits: ClusterTree.Limits
  let minLeaf: Int
  let maxBuffer: Int
  /// How many vectors the index waits for before it trains itself.
  let trainSize: Int
  let coding: ProductCoding
  /// How many times the error of training new vectors' codes may have before codebooks are trained anew; 0: any.
  let refit: Double

  /// Vectors that a leaf is left with at least when so many are parted: an eighth, for splits to be rare, and twice
  /// `min_leaf`, for merges to be, as long as that is no more than half.
  func leastPart(of vectors: Int) -> Int { max(1, vectors / 8, min(2 * minLeaf, vectors / 2)) }

  static let declarations =
    [
      ParameterDeclaration(
        "max_leaf", .integer(2...1 << 24), default: .integer(1000), "vectors of a leaf, above which it is split"),
      ParameterDeclaration(
        "min_leaf", .integer(0...1 << 23), default: .integer(50),
        "vectors below which a leaf joins its nearest sibling, at most half of max_leaf"),
      ParameterDeclaration(
        "max_buffer", .integer(1...1 << 16), default: .integer(128),
        "new vectors of a leaf that are kept uncoded; as many are coded together"),
      ParameterDeclaration(
        "max_children", .integer(3...1 << 16), default: .integer(64), "children of a cluster, above which it is split"),
      ParameterDeclaration(
        "max_depth", .integer(1...64), default: .integer(8),
        "levels of clusters; in a tree as deep and full leaves grow instead"),
    ] + ProductCoding.shapeDeclarations + ProductCoding.choiceDeclarations + [
      ParameterDeclaration(
        "train_size", .integer(0...1 << 32), default: .integer(0),
        "vectors at which an index trains itself that nobody trained, one a codeword at least; 0: 64 a codeword"),
      ParameterDeclaration(
        "niter", .integer(1...50), default: .integer(32), "iterations that train the codewords, at the most"),
      ParameterDeclaration(
        "refit", .real(0...1000), default: .real(1.5),
        "codebooks are trained anew when new vectors' coding error is that many times that of training; 0, or without "
          + "stored vectors: never"),
      StorageChoice.declaration,
    ]

  /// - Throws: `IndexError.invalidParameter` for coding parameters that `ProductCoding` refuses, a `min_leaf` above half
  ///   of `max_leaf`, a `train_size` below the number of codewords, or a `refit` of at most 1.
  init(_ parameters: Parameters, dimension: Int, metric: Metric) throws(IndexError) {
    limits = ClusterTree.Limits(
      maxLeaf: parameters.integer("max_leaf"), maxChildren: parameters.integer("max_children"),
      maxDepth: parameters.integer("max_depth"))
    minLeaf = parameters.integer("min_leaf")
    maxBuffer = parameters.integer("max_buffer")
    guard minLeaf <= limits.maxLeaf / 2 else {
      throw .invalidParameter(
        name: "min_leaf", value: String(minLeaf),
        expected: "at most \(limits.maxLeaf / 2), half of max_leaf, so that both parts of a split leaf are as large")
    }
    coding = try ProductCoding(
      parameters, iterations: parameters.integer("niter"), dimension: dimension, metric: metric)
    let threshold = parameters.real("refit")
    guard threshold == 0 || threshold > 1 else {
      throw .invalidParameter(name: "refit", value: String(threshold), expected: "0, or a number above 1")
    }
    // What codes stand for is nothing to learn better codes from.
    refit = coding.keepsVectors ? threshold : 0
    let size = parameters.integer("train_size")
    // On 4096 vectors or 65 536 codebooks get no better by what is found: 0.001 of recall either way.
    trainSize = size > 0 ? size : 64 * coding.shape.ksub
    let needed = ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits)
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize), expected: "0 or an integer, at least \(needed): one a codeword")
    }
  }
}
