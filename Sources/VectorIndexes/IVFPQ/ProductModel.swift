import VectorCore

/// The trained parts of an index of product codes: the centroids of its lists and the coder of its vectors.
///
/// A class, because every search retains the model: one reference count instead of one for each of its arrays.
final class ProductModel: Sendable {
  let quantizer: CoarseQuantizer
  let coder: ProductCoder

  init(quantizer: CoarseQuantizer, coder: ProductCoder) {
    self.quantizer = quantizer
    self.coder = coder
  }

  /// Trains centroids and codebooks on the same sample, without its outliers.
  ///
  /// - Parameters:
  ///   - prepared: n × d, prepared for the metric.
  ///   - settings: `nlist` lists are made, or as many as there are vectors if these are fewer.
  /// - Throws: `IndexError.tooFewVectors` if there are fewer vectors than codewords.
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
    var quantizer = CoarseQuantizer(
      clustering: ordinary, outliers: outliers, nlist: nlist, maxIterations: settings.maxIterations,
      metric: metric, seed: generator.next(), threads: threads)
    quantizer.measureMargins(on: ordinary, spills: settings.spills, threads: threads)
    self.quantizer = quantizer
    coder = ProductCoder(
      training: ordinary,
      lists: settings.codesResiduals
        ? (quantizer.centersOfLists, quantizer.assign(ordinary, threads: threads)) : nil,
      outlierList: quantizer.outlierList, configuration: settings.coding, metric: metric,
      seed: generator.next(), threads: threads)
  }

  var memoryBytes: Int { quantizer.memoryBytes + coder.memoryBytes }

  /// Figures for `IndexStatistics.figures`: `nlist` and `reconstruction_error`.
  ///
  /// `nlist` is the number of lists, fewer than asked for if there were too few training vectors.
  /// `reconstruction_error` is the mean of ‖x − x̂‖² over a sample of the training vectors, where x̂ is the decoded x.
  var figures: [String: Double] {
    ["nlist": Double(quantizer.nlist), "reconstruction_error": coder.reconstructionError]
  }
}
