import VectorCore

/// The configuration of a `fractal` index, with the values filled in that the configuration leaves to the index.
struct FractalSettings {
  /// The configuration with the values that the index chose.
  let configuration: FractalIndex.Configuration
  let coding: ProductCoding
  /// The number of vectors at which the index trains itself.
  let trainSize: Int

  /// - Throws: `IndexError.invalidParameter` for a value out of its domain, coding options that `ProductCoding`
  ///   refuses, a `min_leaf` above half of `max_leaf`, a `train_size` below the number of codewords, or a `refit` of at
  ///   most 1.
  init(_ configuration: FractalIndex.Configuration, dimension: Int, metric: Metric) throws(IndexError) {
    try configuration.checkDomains()
    let maxLeaf = configuration.maxLeaf ?? ClusterTree.Limits.leastLeafLimit
    guard configuration.minLeaf <= maxLeaf / 2 else {
      throw .invalidParameter(
        name: "min_leaf", value: String(configuration.minLeaf),
        expected: "at most \(maxLeaf / 2), half of max_leaf, so that no part of a split leaf is merged again")
    }
    coding = try ProductCoding(
      configuration.codes, iterations: configuration.niter, dimension: dimension, metric: metric)
    guard configuration.refit == 0 || configuration.refit > 1 else {
      throw .invalidParameter(
        name: "refit", value: String(configuration.refit), expected: "0, or a number above 1")
    }
    // Training on 4096 or on 65 536 vectors changes recall by no more than 0.001.
    trainSize = configuration.trainSize ?? 64 * coding.shape.ksub
    let needed = ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits)
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize), expected: "0 or an integer, at least \(needed): one per codeword")
    }
    var configuration = configuration
    configuration.codes = coding.options
    configuration.trainSize = trainSize
    self.configuration = configuration
  }

  var limits: ClusterTree.Limits {
    ClusterTree.Limits(
      maxLeaf: configuration.maxLeaf, maxChildren: configuration.maxChildren, maxDepth: configuration.maxDepth)
  }

  var minLeaf: Int { configuration.minLeaf }
  var maxBuffer: Int { configuration.maxBuffer }
  /// The factor by which the coding error may grow before codebooks are trained again; 0: they never are.
  ///
  /// It is 0 without stored vectors: vectors decoded from codes cannot improve the codes.
  var refit: Double { coding.keepsVectors ? configuration.refit : 0 }

  /// The smallest size of a part when a leaf with this many vectors is split.
  ///
  /// An eighth keeps splits rare, and twice `min_leaf` keeps merges rare, as long as that is at most half.
  func leastPart(of vectors: Int) -> Int { max(1, vectors / 8, min(2 * minLeaf, vectors / 2)) }
}
