import VectorCore

extension FractalIndex {
  /// The build parameters of a `fractal` index.
  public struct Configuration: IndexConfiguration {
    /// Vectors of a leaf, above which it is split: 2…2²⁴; `nil`: 12 times the cube root of the number of vectors, and
    /// at least 250.
    public var maxLeaf: Int?
    /// The number of vectors below which a leaf is merged with its nearest sibling; at most half of `maxLeaf`, or 125.
    public var minLeaf: Int
    /// The number of new vectors that a leaf keeps without codes; then all of them are encoded together.
    public var maxBuffer: Int
    /// The number of children above which a cluster is split: 3…2¹⁶.
    public var maxChildren: Int
    /// The greatest number of levels, 1…64. In a tree of that depth without room, leaves grow instead of being split.
    public var maxDepth: Int
    public var codes: ProductCodeOptions
    /// The number of vectors at which an untrained index trains itself, at least one per codeword; `nil`: 64 per
    /// codeword.
    public var trainSize: Int?
    /// The greatest number of iterations when codewords are trained: 1…50.
    public var niter: Int
    /// Codebooks are trained again when the coding error of new vectors exceeds this factor times that of training.
    ///
    /// Above 1, or 0 to never train again. An index without stored vectors never trains again.
    public var refit: Double

    public init(
      maxLeaf: Int? = nil, minLeaf: Int = 50, maxBuffer: Int = 128, maxChildren: Int = 64, maxDepth: Int = 8,
      codes: ProductCodeOptions = ProductCodeOptions(), trainSize: Int? = nil, niter: Int = 32, refit: Double = 1.5
    ) {
      self.maxLeaf = maxLeaf
      self.minLeaf = minLeaf
      self.maxBuffer = maxBuffer
      self.maxChildren = maxChildren
      self.maxDepth = maxDepth
      self.codes = codes
      self.trainSize = trainSize
      self.niter = niter
      self.refit = refit
    }

    public static var standard: Configuration { Configuration() }

    public static var fields: [ParameterField<Configuration>] {
      [
        .chosenAtZero(
          "max_leaf", \.maxLeaf, 2...1 << 24,
          "number of vectors above which a leaf is split; 0: 12 times the cube root of the number of vectors, at least "
            + "\(ClusterTree.Limits.leastLeafLimit)"
        ).tuned(.values([0, 125, 250, 500, 1000, 2000].map { .integer($0) })),
        .integer(
          "min_leaf", \.minLeaf, 0...1 << 23,
          "number of vectors below which a leaf is merged with its nearest sibling, at most half of max_leaf, or 125"),
        .integer(
          "max_buffer", \.maxBuffer, 1...1 << 16,
          "number of new vectors that a leaf keeps without codes; then all of them are encoded together"),
        .integer("max_children", \.maxChildren, 3...1 << 16, "number of children above which a cluster is split"),
        .integer(
          "max_depth", \.maxDepth, 1...64,
          "greatest number of levels; in a tree of that depth without room, leaves grow instead of being split"),
      ] + (ProductCodeOptions.shapeFields + ProductCodeOptions.choiceFields).map { $0.of(\.codes) } + [
        .chosenAtZero(
          "train_size", \.trainSize, 1...1 << 32,
          "number of vectors at which an untrained index trains itself, at least one per codeword; 0: 64 per codeword"),
        .integer("niter", \.niter, 1...50, "greatest number of iterations when codewords are trained"),
        .real(
          "refit", \.refit, 0...1000,
          "codebooks are trained again when the coding error of new vectors exceeds this factor times that of training; "
            + "0, or without stored vectors: never"),
      ]
    }

    /// Refuses values that no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try FractalIndex.declaration.check(dimension: dimension, metric: metric)
      _ = try FractalSettings(self, dimension: dimension, metric: metric)
    }
  }

  /// The number of leaves that a search looks at by default.
  static let standardNProbe = 8

  /// What a search of a `fractal` index may choose.
  public struct SearchSettings: IndexSearchSettings {
    /// Leaves to look at, and clusters a level on the way, at least 1; `nil`: 8, or `recall` decides.
    public var nprobe: Int?
    /// The mean recall for which leaves are searched, instead of `nprobe` leaves.
    public var recall: Double?
    public var refinement: Refinement

    public init(nprobe: Int? = nil, recall: Double? = nil, refinement: Refinement = .standard) {
      self.nprobe = nprobe
      self.recall = recall
      self.refinement = refinement
    }

    /// Reads the search parameters. Only this initializer converts them into typed values.
    public init(_ parameters: Parameters) {
      nprobe = parameters.optionalInteger("nprobe")
      recall = parameters.optionalReal("recall")
      refinement = Refinement(parameters)
    }

    public static var standard: SearchSettings { SearchSettings() }

    public static var declaration: IndexDeclaration { FractalIndex.declaration }

    public static var fields: [ParameterField<SearchSettings>] {
      [
        .automatic(
          "nprobe", \.nprobe, 1...Int.max,
          "number of leaves to search, and of clusters to follow on each level above; auto: "
            + "\(FractalIndex.standardNProbe)"
        ).tuned(.bisected)
      ] + Refinement.fields.map { $0.of(\.refinement) } + [ProbeMargins.field(\.recall)]
    }
  }
}
