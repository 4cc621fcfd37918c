import VectorCore

/// The configuration of an `ivf-pq` index, with the values filled in that the configuration leaves to the index.
struct IVFPQSettings {
  /// The configuration with the values that the index chose.
  let configuration: IVFPQIndex.Configuration
  let coding: ProductCoding
  /// The greatest number of training vectors.
  let trainSize: Int

  /// Checks a configuration and fills in the values that it leaves to the index.
  ///
  /// - Throws: `IndexError.invalidParameter` for a value outside its domain, coding options that `ProductCoding`
  ///   refuses, or a `train_size` below `nlist` or below the number of codewords.
  init(_ configuration: IVFPQIndex.Configuration, dimension: Int, metric: Metric) throws(IndexError) {
    try configuration.checkDomains()
    coding = try ProductCoding(
      configuration.codes, iterations: 2 * configuration.niter, dimension: dimension, metric: metric)
    trainSize = configuration.trainSize ?? CoarseQuantizer.defaultSampleSize(nlist: configuration.nlist)
    let needed = max(configuration.nlist, ProductQuantizer.minimumTrainingVectors(nbits: coding.shape.nbits))
    guard trainSize >= needed else {
      throw .invalidParameter(
        name: "train_size", value: String(trainSize),
        expected: "0 or an integer, at least \(needed): one vector per list and per codeword")
    }
    var configuration = configuration
    configuration.codes = coding.options
    configuration.trainSize = trainSize
    self.configuration = configuration
  }

  var nlist: Int { configuration.nlist }
  var maxIterations: Int { configuration.niter }
  var codesResiduals: Bool { configuration.byResidual }
  /// Whether each vector also gets a code in a second list.
  var spills: Bool { configuration.spill && nlist > 1 }
  var shape: ProductCodeShape { coding.shape }
  var keepsVectors: Bool { coding.keepsVectors }

  /// The format in which the vectors are stored.
  func rowFormat(dimension: Int) -> RowFormat { coding.rowFormat(dimension: dimension) }
}
