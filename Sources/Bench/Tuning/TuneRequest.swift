import VectorIndexes

/// What `Tuner` looks for: the fastest setting of some indexes on one dataset that meets a requirement.
public struct TuneRequest: Sendable {
  public let dataset: SweepDataset
  public let requirement: Requirement
  /// The options by which settings are measured on all queries.
  public let options: RunOptions
  /// The time in which the search must end.
  public let seconds: Double
  let spaces: [TuningSpace]

  /// - Parameters:
  ///   - variants: the indexes; parameters to which a variant gives values are restricted to them.
  ///   - seconds: the time in which the search must end.
  /// - Throws: `TuneError.nothingToTune` for an index of which only one setting is left, `.unusable` for an index that
  ///   cannot be measured on this machine or with this metric.
  public init(
    _ dataset: SweepDataset, variants: [IndexVariant], requirement: Requirement, options: RunOptions, seconds: Double
  ) throws(TuneError) {
    self.dataset = dataset
    self.requirement = requirement
    self.options = options
    self.seconds = seconds
    spaces = try variants.map { (variant) throws(TuneError) in
      try TuningSpace(variant, rows: dataset.shape.trainSize)
    }
    for variant in variants {
      if let obstacle = variant.subject.obstacle(with: dataset.shape.metric) { throw .unusable(reason: obstacle) }
    }
  }

  /// The limits of a measuring process: it also holds the dataset, and what a library needs while it builds.
  var limits: Limits {
    let shape = dataset.shape
    let vectors = 4 * (shape.trainSize + shape.queries) * shape.dimension
    return Limits(
      seconds: requirement.buildSeconds, memoryBytes: requirement.memoryBytes.map { $0 + 2 * vectors + 1 << 30 })
  }

  /// A build of an index, with no cells yet.
  func build(of variant: IndexVariant, _ parameters: Parameters) -> SweepPlan.Build {
    SweepPlan.Build(
      dataset: dataset, variant: variant.name, subject: variant.subject, parameters: parameters, seed: options.seed,
      limits: limits, cells: [])
  }
}

/// The reason why nothing can be tuned; every description is one line with the remedy.
public enum TuneError: Error, Equatable, Sendable {
  /// Only one setting of the index is left.
  case nothingToTune(kind: String)
  /// An index cannot be measured on this machine, or not with the metric of the dataset.
  case unusable(reason: String)
}

extension TuneError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothingToTune(let kind):
      "\(kind) has no parameter to tune; leave it out, give several values with --set, or measure it with run"
    case .unusable(let reason): reason
    }
  }
}
