import VectorCore

/// What a `fractal` index goes by: its configuration, with what that leaves to the index filled in.
struct FractalSettings {
  /// With the values that the index has chosen.
  let configuration: FractalIndex.Configuration
  let coding: ProductCoding
  /// How many vectors the index waits for before it trains itself.
  let trainSize: Int

  /// - Throws: `IndexError.invalidParameter` for a value out of its domain, coding options that `ProductCoding` refuses, a
  ///   `min_leaf` above half of `max_leaf`, a `train_size` below the number of codewords, or a `refit` of at most 1.
  init(_ configuration: FractalIndex.Configuration, dimension: Int, metric: Metric) throws(IndexError) {
    try configuration.checkDomains()
    guard configuration.minLeaf <= configuration.maxLeaf / 2 else {
      throw .invalidParameter(
        name: "min_leaf", value: String(configuration.minLeaf),
        expected:
          "at most \(configuration.maxLeaf / 2), half of max_leaf, so that both parts of a split leaf are as large"
      )
    }
    coding = try ProductCoding(
      configuration.codes, iterations: configuration.niter, dimension: dimension, metric: metric)
    guard configuration.refit == 0 || configuration.refit > 1 else {
      throw .invalidParameter(
        name: "refit", value: String(configuration.refit), expected: "0, or a number above 1")
    }
    // On 4096 vectors or 65 536 codebooks get no better by what is found: 0.001 of recall either way.
    trainSize = configuration.trainSize ?? 64 * coding.shape.ksub
    let needed = ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits)
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize), expected: "0 or an integer, at least \(needed): one a codeword")
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
  /// How many times the error of training new vectors' codes may have before codebooks are trained again; 0: any.
  ///
  /// What codes stand for is nothing to learn better codes from.
  var refit: Double { coding.keepsVectors ? configuration.refit : 0 }

  /// Vectors that a leaf is left with at least when so many are parted: an eighth, for splits to be rare, and twice
  /// `min_leaf`, for merges to be, as long as that is no more than half.
  func leastPart(of vectors: Int) -> Int { max(1, vectors / 8, min(2 * minLeaf, vectors / 2)) }
}
