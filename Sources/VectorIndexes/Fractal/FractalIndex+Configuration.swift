import VectorCore

extension FractalIndex {
  /// The build parameters of a `fractal` index.
  public struct Configuration: IndexConfiguration {
    /// Vectors of a leaf, above which it is split: 2…2²⁴.
    public var maxLeaf: Int
    /// Vectors below which a leaf joins its nearest sibling, at most half of `maxLeaf`.
    public var minLeaf: Int
    /// New vectors of a leaf that are kept uncoded; as many are coded together.
    public var maxBuffer: Int
    /// Children of a cluster, above which it is split: 3…2¹⁶.
    public var maxChildren: Int
    /// Levels of clusters, 1…64; in a tree as deep and full leaves grow instead.
    public var maxDepth: Int
    public var codes: ProductCodeOptions
    /// Vectors at which an index trains itself that nobody trained, at least one a codeword; `nil`: 64 a codeword.
    public var trainSize: Int?
    /// Iterations that train the codewords, at the most: 1…50.
    public var niter: Int
    /// How many times the coding error of training new vectors may have before codebooks are trained again, above 1; 0, or
    /// without stored vectors: any.
    public var refit: Double

    public init(
      maxLeaf: Int = 1000, minLeaf: Int = 50, maxBuffer: Int = 128, maxChildren: Int = 64, maxDepth: Int = 8,
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
        .integer("max_leaf", \.maxLeaf, 2...1 << 24, "vectors of a leaf, above which it is split"),
        .integer(
          "min_leaf", \.minLeaf, 0...1 << 23,
          "vectors below which a leaf joins its nearest sibling, at most half of max_leaf"),
        .integer(
          "max_buffer", \.maxBuffer, 1...1 << 16,
          "new vectors of a leaf that are kept uncoded; as many are coded together"),
        .integer("max_children", \.maxChildren, 3...1 << 16, "children of a cluster, above which it is split"),
        .integer(
          "max_depth", \.maxDepth, 1...64, "levels of clusters; in a tree as deep and full leaves grow instead"),
      ] + (ProductCodeOptions.shapeFields + ProductCodeOptions.choiceFields).map { $0.of(\.codes) } + [
        .chosenAtZero(
          "train_size", \.trainSize, 1...1 << 32,
          "vectors at which an index trains itself that nobody trained, one a codeword at least; 0: 64 a codeword"),
        .integer("niter", \.niter, 1...50, "iterations that train the codewords, at the most"),
        .real(
          "refit", \.refit, 0...1000,
          "codebooks are trained again when new vectors' coding error is that many times that of training; 0, or without "
            + "stored vectors: never"),
      ]
    }

    /// Refuses what no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try FractalIndex.declaration.check(dimension: dimension, metric: metric)
      _ = try FractalSettings(self, dimension: dimension, metric: metric)
    }
  }

  /// What a search of a `fractal` index may choose.
  public struct SearchSettings: IndexSearchSettings {
    /// Leaves to look at, and clusters a level on the way, at least 1.
    public var nprobe: Int
    public var refinement: Refinement

    public init(nprobe: Int = 8, refinement: Refinement = .standard) {
      self.nprobe = nprobe
      self.refinement = refinement
    }

    /// Reads the parameters of a search: the one place where these become typed.
    public init(_ parameters: Parameters) {
      nprobe = parameters.integer("nprobe")
      refinement = Refinement(parameters)
    }

    public static var standard: SearchSettings { SearchSettings() }

    public static var declaration: IndexDeclaration { FractalIndex.declaration }

    public static var fields: [ParameterField<SearchSettings>] {
      [.integer("nprobe", \.nprobe, 1...Int.max, "leaves to look at, and clusters a level on the way")]
        + Refinement.fields.map { $0.of(\.refinement) }
    }
  }
}
