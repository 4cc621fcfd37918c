import VectorCore

/// What an `ivf-pq` index goes by: its configuration, with what that leaves to the index filled in.
struct IVFPQSettings {
  /// With the values that the index has chosen.
  let configuration: IVFPQIndex.Configuration
  let coding: ProductCoding
  /// Vectors to train on at most.
  let trainSize: Int

  /// - Throws: `IndexError.invalidParameter` for a value out of its domain, coding options that `ProductCoding` refuses,
  ///   or a `train_size` below `nlist` or the number of codewords.
  init(_ configuration: IVFPQIndex.Configuration, dimension: Int, metric: Metric) throws(IndexError) {
    try configuration.checkDomains()
    coding = try ProductCoding(
      configuration.codes, iterations: 2 * configuration.niter, dimension: dimension, metric: metric)
    trainSize = configuration.trainSize ?? CoarseQuantizer.defaultSampleSize(nlist: configuration.nlist)
    let needed = max(configuration.nlist, ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits))
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize),
        expected: "0 or an integer, at least \(needed): one vector a list and a codeword")
    }
    var configuration = configuration
    configuration.codes = coding.options
    configuration.trainSize = trainSize
    self.configuration = configuration
  }

  var nlist: Int { configuration.nlist }
  var maxIterations: Int { configuration.niter }
  var codesResiduals: Bool { configuration.byResidual }
  /// Whether each vector is found from a second list too.
  var spills: Bool { configuration.spill && nlist > 1 }
  var shape: ProductCodeShape { coding.shape }
  var keepsVectors: Bool { coding.keepsVectors }

  /// How the vectors are laid out.
  func rowFormat(dimension: Int) -> RowFormat { coding.rowFormat(dimension: dimension) }
}
