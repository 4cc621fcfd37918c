import VectorCore

extension IVFFlatIndex {
  /// The build parameters of an `ivf-flat` index.
  public struct Configuration: IndexConfiguration {
    /// Clusters, one list each: 1…2²⁴.
    public var nlist: Int
    /// Vectors to train on at most, at least `nlist`, drawn at random from more; `nil`: 256 a list, at least 65536.
    public var trainSize: Int?
    /// K-means iterations at most: 1…25.
    public var niter: Int

    public init(nlist: Int = 256, trainSize: Int? = nil, niter: Int = 16) {
      self.nlist = nlist
      self.trainSize = trainSize
      self.niter = niter
    }

    public static var standard: Configuration { Configuration() }

    public static var fields: [ParameterField<Configuration>] {
      [
        .integer("nlist", \.nlist, 1...1 << 24, "clusters, one list each"),
        .chosenAtZero(
          "train_size", \.trainSize, 1...Int.max,
          "vectors to train on at most, at least nlist, drawn at random from more; 0: 256 a list, at least 65536"),
        .integer("niter", \.niter, 1...25, "k-means iterations at most, the first ones on a part"),
      ]
    }

    /// Refuses what no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try IVFFlatIndex.declaration.check(dimension: dimension, metric: metric)
      _ = try resolved()
    }

    /// The same with what is left to the index filled in.
    ///
    /// - Throws: `IndexError.invalidParameter` for a value out of its domain, or a `train_size` below `nlist`.
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

  /// What a search of an `ivf-flat` index may choose.
  public struct SearchSettings: IndexSearchSettings {
    /// Lists to look at, nearest first, at least 1; more than there are look at all.
    public var nprobe: Int

    public init(nprobe: Int = 8) { self.nprobe = nprobe }

    /// Reads the parameters of a search: the one place where these become typed.
    public init(_ parameters: Parameters) { nprobe = parameters.integer("nprobe") }

    public static var standard: SearchSettings { SearchSettings() }

    public static var declaration: IndexDeclaration { IVFFlatIndex.declaration }

    public static var fields: [ParameterField<SearchSettings>] {
      [.integer("nprobe", \.nprobe, 1...Int.max, "lists to look at, nearest first; nlist looks at all")]
    }
  }
}
