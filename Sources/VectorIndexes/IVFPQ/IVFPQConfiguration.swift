import VectorCore

/// The build parameters of an `ivf-pq` index, checked against each other and against the dimension.
struct IVFPQConfiguration {
  let nlist: Int
  let trainSize: Int
  let maxIterations: Int
  let codesResiduals: Bool
  /// Whether each vector is found from a second list too.
  let spills: Bool
  let coding: ProductCoding

  static let declarations =
    [ParameterDeclaration("nlist", .integer(1...1 << 24), default: .integer(256), "clusters, one list each")]
    + ProductCoding.shapeDeclarations
    + [
      ParameterDeclaration(
        "by_residual", .choice(["off", "on"]), default: .choice("on"),
        "whether a vector's difference from its centroid is coded, or the vector")
    ] + ProductCoding.choiceDeclarations + [
      ParameterDeclaration(
        "spill", .choice(["off", "on"]), default: .choice("off"),
        "whether each vector is coded in a second list too (SOAR): twice the codes, fewer lists to probe for a recall"),
      ParameterDeclaration(
        "train_size", .integer(0...Int.max), default: .integer(0),
        "vectors to train on at most, at least nlist, drawn at random from more; 0: 256 a list, at least 65536"),
      ParameterDeclaration(
        "niter", .integer(1...25), default: .integer(16),
        "k-means iterations of the centroids at most, the first ones on a part; the codewords get twice as many"),
      StorageChoice.declaration,
    ]

  /// - Throws: `IndexError.invalidParameter` for coding parameters that `ProductCoding` refuses, or a `train_size` below
  ///   `nlist` or the number of codewords.
  init(_ parameters: Parameters, dimension: Int, metric: Metric) throws(IndexError) {
    nlist = parameters.integer("nlist")
    maxIterations = parameters.integer("niter")
    codesResiduals = parameters.choice("by_residual") == "on"
    spills = parameters.choice("spill") == "on" && nlist > 1
    coding = try ProductCoding(parameters, iterations: 2 * maxIterations, dimension: dimension, metric: metric)
    let size = parameters.integer("train_size")
    trainSize = size > 0 ? size : CoarseQuantizer.defaultSampleSize(nlist: nlist)
    let needed = max(nlist, ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits))
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize),
        expected: "0 or an integer, at least \(needed): one vector a list and a codeword")
    }
  }

  var shape: ProductCodeShape { coding.shape }
  var rotation: ProductCoding.RotationKind { coding.rotation }
  var keepsVectors: Bool { coding.keepsVectors }

  /// How the vectors are laid out.
  func rowFormat(dimension: Int) -> RowFormat { coding.rowFormat(dimension: dimension) }
}
