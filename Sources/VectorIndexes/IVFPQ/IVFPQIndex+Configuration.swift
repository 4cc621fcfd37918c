import VectorCore

extension IVFPQIndex {
  /// The build parameters of an `ivf-pq` index.
  public struct Configuration: IndexConfiguration {
    /// Clusters, one list each: 1…2²⁴.
    public var nlist: Int
    public var codes: ProductCodeOptions
    /// Whether a vector's difference from its centroid is coded, or the vector.
    public var byResidual: Bool
    /// Whether each vector is coded in a second list too (SOAR): twice the codes, fewer lists to probe for a recall.
    public var spill: Bool
    /// Vectors to train on at most, at least `nlist`, drawn at random from more; `nil`: 256 a list, at least 65536.
    public var trainSize: Int?
    /// K-means iterations of the centroids at most: 1…25. The codewords get twice as many.
    public var niter: Int

    public init(
      nlist: Int = 256, codes: ProductCodeOptions = ProductCodeOptions(), byResidual: Bool = true, spill: Bool = false,
      trainSize: Int? = nil, niter: Int = 16
    ) {
      self.nlist = nlist
      self.codes = codes
      self.byResidual = byResidual
      self.spill = spill
      self.trainSize = trainSize
      self.niter = niter
    }

    public static var standard: Configuration { Configuration() }

    public static var fields: [ParameterField<Configuration>] {
      [.integer("nlist", \.nlist, 1...1 << 24, "clusters, one list each")]
        + ProductCodeOptions.shapeFields.map { $0.of(\.codes) } + [
          .onOrOff(
            "by_residual", \.byResidual, "whether a vector's difference from its centroid is coded, or the vector")
        ] + ProductCodeOptions.choiceFields.map { $0.of(\.codes) } + [
          .onOrOff(
            "spill", \.spill,
            "whether each vector is coded in a second list too (SOAR): twice the codes, fewer lists to probe for a recall"
          ),
          .chosenAtZero(
            "train_size", \.trainSize, 1...Int.max,
            "vectors to train on at most, at least nlist, drawn at random from more; 0: 256 a list, at least 65536"),
          .integer(
            "niter", \.niter, 1...25,
            "k-means iterations of the centroids at most, the first ones on a part; the codewords get twice as many"),
        ]
    }

    /// Refuses what no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try IVFPQIndex.declaration.check(dimension: dimension, metric: metric)
      _ = try IVFPQSettings(self, dimension: dimension, metric: metric)
    }
  }

  /// What a search of an `ivf-pq` index may choose.
  public struct SearchSettings: IndexSearchSettings {
    /// Lists to look at, nearest first, at least 1; `nil`: 10, or what is stored with the index.
    public var nprobe: Int?
    public var refinement: Refinement
    /// The share of the lists' distance from each other in their choice, 0…1; 0 takes the nearest.
    public var diversity: Double

    public init(nprobe: Int? = nil, refinement: Refinement = .standard, diversity: Double = 0) {
      self.nprobe = nprobe
      self.refinement = refinement
      self.diversity = diversity
    }

    /// Reads the parameters of a search of `ivf-pq` or `memtable`: the one place where these become typed.
    public init(_ parameters: Parameters) {
      nprobe = parameters.optionalInteger("nprobe")
      refinement = Refinement(parameters)
      diversity = parameters.real("diversity")
    }

    public static var standard: SearchSettings { SearchSettings() }

    public static var declaration: IndexDeclaration { IVFPQIndex.declaration }

    public static var fields: [ParameterField<SearchSettings>] {
      let refinement = Refinement.fields.map { $0.of(\Self.refinement) }
      return [
        .automatic(
          "nprobe", \.nprobe, 1...Int.max,
          "lists to look at, nearest first; nlist looks at all; auto: \(standardNProbe), or what is stored with the "
            + "index"),
        refinement[0],
        .real(
          "diversity", \.diversity, 0...1,
          "share of the lists' distance from each other in their choice; 0 takes the nearest"),
        refinement[1],
      ]
    }
  }
}
