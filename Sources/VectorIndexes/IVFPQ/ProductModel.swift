import VectorCore

/// What an index of product codes learns: the centroids of its lists, and how vectors are coded about them.
///
/// A class, because every search takes it from its store: one reference to count instead of those of all its arrays.
final class ProductModel: Sendable {
  let quantizer: CoarseQuantizer
  let coder: ProductCoder

  init(quantizer: CoarseQuantizer, coder: ProductCoder) {
    self.quantizer = quantizer
    self.coder = coder
  }

  /// Trains centroids and codebooks on one and the same sample, without its outliers.
  ///
  /// - Parameters:
  ///   - prepared: n × d.
  ///   - settings: their `nlist` lists are made, or as many as there are vectors.
  /// - Throws: `IndexError.tooFewVectors` for fewer than codewords.
  init(
    training prepared: Matrix, settings: IVFPQSettings, metric: Metric, seed: UInt64, threads: Int
  ) throws(IndexError) {
    let shape = settings.shape
    guard prepared.rows >= shape.ksub else {
      throw .tooFewVectors(what: "training codes of nbits = \(shape.nbits)", needed: shape.ksub, got: prepared.rows)
    }
    let nlist = min(settings.nlist, prepared.rows)
    var generator = SeededGenerator(seed: seed)
    let sample = CoarseQuantizer.sample(
      of: prepared, size: settings.trainSize, using: &generator, threads: threads)
    let outliers = OutlierLimit(of: sample, leaving: max(nlist, shape.ksub))
    let ordinary = outliers.ordinary(sample, threads: threads)
    quantizer = CoarseQuantizer(
      clustering: ordinary, outliers: outliers, nlist: nlist, maxIterations: settings.maxIterations,
      metric: metric, seed: generator.next(), threads: threads)
    coder = ProductCoder(
      training: ordinary,
      lists: settings.codesResiduals
        ? (quantizer.centersOfLists, quantizer.assign(ordinary, threads: threads)) : nil,
      outlierList: quantizer.outlierList, configuration: settings.coding, metric: metric,
      seed: generator.next(), threads: threads)
  }

  var memoryBytes: Int { quantizer.memoryBytes + coder.memoryBytes }

  /// Of `IndexStatistics`: `nlist`, the lists that there are, fewer than were asked for where there were fewer vectors to
  /// train on; and `reconstruction_error`, the mean of ‖x − x̂‖² over some of these, x̂ what the code of x stands for.
  var figures: [String: Double] {
    ["nlist": Double(quantizer.nlist), "reconstruction_error": coder.reconstructionError]
  }
}
