/// A reason why figures of two measurements must not be compared.
public enum Incomparability: Sendable, Hashable, Codable {
  /// The bytes of the datasets differ, so that nothing can be compared.
  case dataset(base: String, head: String)
  case cpu(base: String, head: String)
  case instructionSet(base: String, head: String)
  /// The build configurations differ: `release` or `debug`.
  case configuration(base: String, head: String)
  case threads(base: Int, head: Int)
  /// The nodes of a cluster are of different classes, see `MachineClass`.
  case machineClass(base: String, head: String)
  /// The numbers of threads that trained and inserted differ, so that build times cannot be compared.
  case buildThreads(base: Int, head: Int)
  /// On at least one side no query has a true neighbour, so that recall cannot be compared.
  case noJudgedQueries

  /// The reasons why the times of two cells cannot be compared; empty when they can.
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
    if let one = was.node?.machineClass, let two = now.node?.machineClass, one != two, was.cpu == now.cpu,
      was.simd == now.simd
    {
      reasons.append(.machineClass(base: "\(one)", head: "\(two)"))
    }
    if base.options.threads != head.options.threads {
      reasons.append(.threads(base: base.options.threads, head: head.options.threads))
    }
    return reasons
  }

  /// The reasons why the times of two groups of cells cannot be compared, each once.
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

  /// Whether the datasets differ, so that answers cannot be compared either.
  public var isOfDataset: Bool { if case .dataset = self { true } else { false } }

  /// Whether a figure cannot be compared for this reason.
  func concerns(_ figure: Figure) -> Bool {
    switch self {
    case .dataset: true
    case .cpu, .instructionSet, .configuration, .threads, .machineClass: figure.isTime
    case .buildThreads: figure.isTime && figure.isOfBuild
    case .noJudgedQueries: figure.isShare
    }
  }

  /// The figures that cannot be compared, as text.
  public var subject: String {
    switch self {
    case .dataset: "figures"
    case .cpu, .instructionSet, .configuration, .threads, .machineClass: "times"
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
    case .machineClass(let base, let head): "the nodes are of the classes \(base) and \(head)"
    case .threads(let base, let head): "the searching threads are \(base) and \(head)"
    case .buildThreads(let base, let head): "the building threads are \(base) and \(head)"
    case .noJudgedQueries: "no query has a true neighbour to be judged by"
    }
  }
}
