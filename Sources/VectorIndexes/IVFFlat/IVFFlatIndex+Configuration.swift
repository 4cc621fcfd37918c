import VectorCore

extension IVFFlatIndex {
  /// The build parameters of an `ivf-flat` index.
  public struct Configuration: IndexConfiguration {
    /// Clusters, one list each: 1…2²⁴.
    public var nlist: Int
    /// The greatest number of training vectors, sampled at random, at least `nlist`; `nil`: 256 per list, at least
    /// 65536.
    public var trainSize: Int?
    /// The greatest number of k-means iterations: 1…25.
    public var niter: Int

    public init(nlist: Int = 256, trainSize: Int? = nil, niter: Int = 16) {
      self.nlist = nlist
      self.trainSize = trainSize
      self.niter = niter
    }

    public static var standard: Configuration { Configuration() }

    public static var fields: [ParameterField<Configuration>] {
      [
        .integer("nlist", \.nlist, 1...1 << 24, "number of clusters, each with one list")
          .tuned(CoarseQuantizer.tuning),
        .chosenAtZero(
          "train_size", \.trainSize, 1...Int.max,
          "greatest number of training vectors, sampled at random, at least nlist; 0: 256 per list, at least 65536"),
        .integer(
          "niter", \.niter, 1...25, "greatest number of k-means iterations, the first ones on a part of the vectors"),
      ]
    }

    /// Refuses values that no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try IVFFlatIndex.declaration.check(dimension: dimension, metric: metric)
      _ = try resolved()
    }

    /// The same configuration, with the values filled in that it leaves to the index.
    ///
    /// - Throws: `IndexError.invalidParameter` for a value outside its domain, or a `train_size` below `nlist`.
    func resolved() throws(IndexError) -> Configuration {
      try checkDomains()
      var resolved = self
      let size = trainSize ?? CoarseQuantizer.defaultSampleSize(nlist: nlist)
      guard size >= nlist else {
        throw .invalidParameter(
          name: "train_size", value: String(size), expected: "0 or an integer, at least nlist = \(nlist)")
      }
      resolved.trainSize = size
      return resolved
    }
  }

  /// The number of lists that a search looks at by default.
  static let standardNProbe = 8

  /// What a search of an `ivf-flat` index may choose.
  public struct SearchSettings: IndexSearchSettings {
    /// Lists to look at, nearest first, at least 1; more than there are look at all; `nil`: 8, or `recall` decides.
    public var nprobe: Int?
    /// The mean recall for which lists are searched, instead of `nprobe` lists.
    public var recall: Double?

    public init(nprobe: Int? = nil, recall: Double? = nil) {
      self.nprobe = nprobe
      self.recall = recall
    }

    /// Reads the search parameters. Only this initializer converts them into typed values.
    public init(_ parameters: Parameters) {
      nprobe = parameters.optionalInteger("nprobe")
      recall = parameters.optionalReal("recall")
    }

    public static var standard: SearchSettings { SearchSettings() }

    public static var declaration: IndexDeclaration { IVFFlatIndex.declaration }

    public static var fields: [ParameterField<SearchSettings>] {
      [
        .automatic(
          "nprobe", \.nprobe, 1...Int.max,
          "number of lists to search, nearest first; nlist searches all; auto: \(IVFFlatIndex.standardNProbe)"
        ).tuned(.bisected),
        ProbeMargins.field(\.recall),
      ]
    }
  }
}
