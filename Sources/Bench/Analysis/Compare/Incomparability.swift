/// A reason why figures of two measurements must not be held against each other.
public enum Incomparability: Sendable, Hashable, Codable {
  /// The dataset's bytes: nothing can be compared.
  case dataset(base: String, head: String)
  case cpu(base: String, head: String)
  case instructionSet(base: String, head: String)
  /// `release` or `debug`.
  case configuration(base: String, head: String)
  case threads(base: Int, head: Int)
  /// Threads that trained and inserted: the times of building cannot be compared.
  case buildThreads(base: Int, head: Int)
  /// No query has a true neighbour to be judged by on at least one side: recall cannot be compared.
  case noJudgedQueries

  /// What keeps the times of two cells apart; empty where they can be compared.
  static func between(_ base: CellMeasurement, _ head: CellMeasurement) -> [Incomparability] {
    let (was, now) = (base.provenance, head.provenance)
    var reasons: [Incomparability] = []
    if base.datasetSHA256 != head.datasetSHA256 {
      reasons.append(.dataset(base: base.datasetSHA256, head: head.datasetSHA256))
    }
    if was.cpu != now.cpu { reasons.append(.cpu(base: was.cpu, head: now.cpu)) }
    if was.simd != now.simd { reasons.append(.instructionSet(base: was.simd, head: now.simd)) }
    if was.configuration != now.configuration {
      reasons.append(.configuration(base: was.configuration, head: now.configuration))
    }
    if base.options.threads != head.options.threads {
      reasons.append(.threads(base: base.options.threads, head: head.options.threads))
    }
    return reasons
  }

  /// What keeps the times of any two cells of two groups apart, each reason once.
  ///
  /// - Complexity: O(base + head), for few different machines and builds.
  static func between(_ base: [CellMeasurement], _ head: [CellMeasurement]) -> [Incomparability] {
    func different(_ measurements: [CellMeasurement]) -> [CellMeasurement] {
      measurements.reduce(into: []) { different, measurement in
        if !different.contains(where: { between($0, measurement).isEmpty }) { different.append(measurement) }
      }
    }
    let heads = different(head)
    return different(base).flatMap { base in heads.flatMap { between(base, $0) } }.distinct
  }

  /// Whether not even answers can be compared.
  public var isOfDataset: Bool { if case .dataset = self { true } else { false } }

  /// Whether a figure cannot be compared for this reason.
  func concerns(_ figure: Figure) -> Bool {
    switch self {
    case .dataset: true
    case .cpu, .instructionSet, .configuration, .threads: figure.isTime
    case .buildThreads: figure.isTime && figure.isOfBuild
    case .noJudgedQueries: figure.isShare
    }
  }

  /// What it keeps from being compared, in words.
  public var subject: String {
    switch self {
    case .dataset: "figures"
    case .cpu, .instructionSet, .configuration, .threads: "times"
    case .buildThreads: "times of building"
    case .noJudgedQueries: "recall"
    }
  }
}

extension Incomparability: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dataset(let base, let head):
      "the dataset's file is another one (SHA-256 \(base.prefix(12))… and \(head.prefix(12))…)"
    case .cpu(let base, let head): "the processor is \(base) and \(head)"
    case .instructionSet(let base, let head): "the kernels use \(base) and \(head)"
    case .configuration(let base, let head): "the builds are \(base) and \(head)"
    case .threads(let base, let head): "the searching threads are \(base) and \(head)"
    case .buildThreads(let base, let head): "the building threads are \(base) and \(head)"
    case .noJudgedQueries: "no query has a true neighbour to be judged by"
    }
  }
}
