import VectorCore

extension IVFPQIndex {
  /// The build parameters of an `ivf-pq` index.
  public struct Configuration: IndexConfiguration {
    /// Clusters, one list each: 1…2²⁴.
    public var nlist: Int
    public var codes: ProductCodeOptions
    /// Whether the residual from the centroid is encoded; otherwise the vector itself.
    public var byResidual: Bool
    /// Whether each vector is also encoded in a second list (SOAR): twice the codes, but fewer probes for the same
    /// recall.
    public var spill: Bool
    /// The greatest number of training vectors, sampled at random, at least `nlist`; `nil`: 256 per list, at least
    /// 65536.
    public var trainSize: Int?
    /// The greatest number of k-means iterations for the centroids: 1…25. Codewords get twice as many.
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
      [
        .integer("nlist", \.nlist, 1...1 << 24, "number of clusters, each with one list")
          .tuned(CoarseQuantizer.tuning)
      ]
        + ProductCodeOptions.shapeFields.map { $0.of(\.codes) } + [
          .onOrOff(
            "by_residual", \.byResidual, "whether the residual from the centroid is encoded, or the vector itself")
        ] + ProductCodeOptions.choiceFields.map { $0.of(\.codes) } + [
          .onOrOff(
            "spill", \.spill,
            "whether each vector is also encoded in a second list (SOAR): twice the codes, fewer probes for the same recall"
          ),
          .chosenAtZero(
            "train_size", \.trainSize, 1...Int.max,
            "greatest number of training vectors, sampled at random, at least nlist; 0: 256 per list, at least 65536"),
          .integer(
            "niter", \.niter, 1...25,
            "greatest number of k-means iterations for centroids, the first on a part; codewords get twice as many"),
        ]
    }

    /// Refuses values that no index of this dimension and metric can have.
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
    /// The mean recall for which lists are searched, instead of `nprobe` lists.
    public var recall: Double?
    public var refinement: Refinement
    /// The weight of the distance between lists when lists are chosen, 0…1; 0 takes the nearest lists.
    public var diversity: Double

    public init(
      nprobe: Int? = nil, recall: Double? = nil, refinement: Refinement = .standard, diversity: Double = 0
    ) {
      self.nprobe = nprobe
      self.recall = recall
      self.refinement = refinement
      self.diversity = diversity
    }

    /// Reads the parameters of a search of `ivf-pq` or `memtable`. Only this initializer converts them into typed
    /// values.
    public init(_ parameters: Parameters) {
      nprobe = parameters.optionalInteger("nprobe")
      recall = parameters.optionalReal("recall")
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
          "number of lists to search, nearest first; nlist searches all; auto: \(standardNProbe), or the default stored "
            + "with the index"
        ).tuned(.bisected),
        refinement[0],
        .real(
          "diversity", \.diversity, 0...1,
          "weight of the distance between lists when lists are chosen; 0 takes the nearest lists"),
        refinement[1],
        ProbeMargins.field(\.recall),
      ]
    }
  }
}
