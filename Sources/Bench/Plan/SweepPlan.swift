import VectorIndexes
import YAML

/// A cell of a sweep, with the options by which it is measured.
public struct PlannedCell: Sendable, Hashable, Codable {
  public let cell: Cell
  public let options: RunOptions

  /// `Cell.label`, followed by the stage of a workload: `flat, step 3`.
  public var label: String { cell.label + (options.stage.map { ", \($0)" } ?? "") }
}

/// All builds of a sweep, and the cells that are measured on each build.
///
/// One build serves all search settings, k, modes and thread counts. Each index's declaration says which parameters
/// need a new build.
public struct SweepPlan: Sendable {
  /// One build of an index over a dataset, and the cells that are measured on it.
  public struct Build: Sendable {
    public let dataset: SweepDataset
    /// The name of the index in the sweep: the kind, unless it has its own name.
    public let variant: String
    public let subject: Subject
    public let parameters: Parameters
    public let seed: UInt64
    public let limits: Limits
    /// The cells, at least one, except for a build whose cells are chosen while it is measured.
    public let cells: [PlannedCell]

    /// The kind and the build parameters: `ivf-flat(nlist=256)`.
    public var label: String { Cell.label(kind: subject.kind, parameters.entries) }

    /// The kind and the build parameters that are not at their defaults.
    var changedLabel: String { Cell.label(kind: subject.kind, parameters.changed) }

    /// Whether the index lives in a file.
    public var canBeKept: Bool { subject.canBeKept(parameters) }

    /// The reason why no cell of the build can be measured; `nil` when they can.
    public var obstacle: String? { subject.obstacle(with: dataset.shape.metric) }

    /// The same build over a dataset with the same rows.
    fileprivate func on(_ dataset: SweepDataset) -> Build {
      Build(
        dataset: dataset, variant: variant, subject: subject, parameters: parameters, seed: seed, limits: limits,
        cells: cells)
    }

    /// The same build with other cells.
    func serving(_ cells: [PlannedCell]) -> Build {
      Build(
        dataset: dataset, variant: variant, subject: subject, parameters: parameters, seed: seed, limits: limits,
        cells: cells)
    }

    /// The same build under other limits.
    func under(_ limits: Limits) -> Build {
      Build(
        dataset: dataset, variant: variant, subject: subject, parameters: parameters, seed: seed, limits: limits,
        cells: cells)
    }
  }

  /// The properties by which two builds over one dataset are the same.
  private struct BuildName: Hashable {
    let variant: String
    let parameters: Parameters
    let seed: UInt64
  }

  public let workload: Workload
  /// All builds, in the order of the datasets, then of the indexes.
  public let builds: [Build]
  /// Whether the rounds of all builds over a dataset are interleaved; all these builds are then in memory at the same
  /// time.
  public let isInterleaved: Bool

  /// The distinct datasets, in order.
  public var datasets: [SweepDataset] {
    builds.reduce(into: []) { datasets, build in
      if datasets.last != build.dataset { datasets.append(build.dataset) }
    }
  }

  public var cellCount: Int { builds.reduce(0) { $0 + $1.cells.count } }

  /// Whether answers are judged by the true neighbours among all rows of a dataset.
  public var usesWholeTruth: Bool { builds.first?.cells.first?.options.usesWholeTruth ?? true }

  /// Plans the product of all settings of a sweep; equal cells of one variant, and equal datasets, are measured once.
  ///
  /// - Parameter datasets: the datasets of the sweep, in its order.
  /// - Throws: `PlanError.yaml` for an ann-benchmarks configuration that does not suit a dataset, `.nothing` when the
  ///   filters leave no cell, `.tooManyCells` before any cell is created, `.sameName`.
  /// - Complexity: O(cells before the filters).
  public init(_ sweep: Sweep, datasets: [SweepDataset]) throws(PlanError) {
    let sweep = sweep.workload.adjusted(sweep)
    var builds: [Build] = []
    let distinct = datasets.enumerated().filter { place, dataset in
      !datasets[..<place].contains(where: dataset.isSame)
    }.map(\.element)
    for (place, dataset) in distinct.enumerated() {
      if let other = distinct[..<place].first(where: { $0.name == dataset.name }) {
        throw .sameName(dataset.name, paths: [other.path, dataset.path])
      }
    }
    let variants = try distinct.map { (dataset) throws(PlanError) in try Self.variants(of: sweep, for: dataset) }
    try Self.checkWorkload(sweep, distinct, variants)
    try Self.checkCount(sweep, distinct, variants)
    for (dataset, variants) in zip(distinct, variants) {
      var planned: [String: Set<PlannedCell>] = [:]
      // An ann-benchmarks configuration has a variant for each list of search arguments.
      var places: [BuildName: Int] = [:]
      for variant in variants {
        let searches = variant.searches
        for parameters in variant.builds {
          for number in 0..<sweep.builds {
            let seed = sweep.seed &+ UInt64(number)
            let cells = Self.cells(sweep, variant, parameters, searches, seed: seed, dataset: dataset)
              .filter { planned[variant.name, default: []].insert($0).inserted }
            guard !cells.isEmpty else { continue }
            let name = BuildName(variant: variant.name, parameters: parameters, seed: seed)
            if let place = places[name] {
              builds[place] = builds[place].serving(builds[place].cells + cells)
              continue
            }
            places[name] = builds.count
            builds.append(
              Build(
                dataset: dataset, variant: variant.name, subject: variant.subject, parameters: parameters, seed: seed,
                limits: variant.limits.filled(from: sweep.limits), cells: cells))
          }
        }
      }
    }
    guard !builds.isEmpty else { throw .nothing }
    self.builds = builds
    workload = sweep.workload
    isInterleaved = sweep.isInterleaved && sweep.workload == .search
  }

  /// A plan of these builds, which are not interleaved.
  init(workload: Workload, builds: [Build]) {
    self.workload = workload
    self.builds = builds
    isInterleaved = false
  }

  private init(_ plan: SweepPlan, builds: [Build]) {
    workload = plan.workload
    isInterleaved = plan.isInterleaved
    self.builds = builds
  }

  /// The same plan, in which the cells on one dataset are marked as unmeasurable.
  ///
  /// - Parameter fault: the reason, one line.
  public func failing(_ dataset: SweepDataset, _ fault: String) -> SweepPlan {
    SweepPlan(self, builds: builds.map { $0.dataset == dataset ? $0.on(dataset.failing(fault)) : $0 })
  }

  private static func variants(of sweep: Sweep, for dataset: SweepDataset) throws(PlanError) -> [IndexVariant] {
    switch sweep.indexes {
    case .variants(let variants): return variants
    case .annBenchmarks(let config, let others):
      var variants: [IndexVariant] = []
      do throws(YAMLError) {
        for k in sweep.ks { variants += try config.variants(for: dataset.shape, k: k) }
      } catch {
        // The shape of a dataset that cannot be read is a guess.
        guard dataset.fault == nil else { return others }
        throw .yaml(error)
      }
      guard !others.isEmpty else { return variants }
      // Beside other indexes it would not be noticed.
      if variants.isEmpty, dataset.fault == nil {
        throw .noAlgorithm(dataset: dataset.name, metric: dataset.shape.metric)
      }
      let names = Set(variants.map(\.name))
      if let other = others.first(where: { names.contains($0.name) }) { throw .sameIndex(other.name) }
      return others + variants
    }
  }

  /// Refuses indexes and datasets to which the workload does not apply.
  private static func checkWorkload(
    _ sweep: Sweep, _ datasets: [SweepDataset], _ variants: [[IndexVariant]]
  ) throws(PlanError) {
    // The shape of a dataset that cannot be read is a guess.
    for (dataset, variants) in zip(datasets, variants) where dataset.fault == nil {
      for variant in variants {
        do throws(BenchError) {
          try sweep.workload.check(variant.subject, on: dataset.shape, k: sweep.ks.max() ?? 1)
        } catch {
          throw .workload(error)
        }
      }
    }
  }

  /// Counts the cells of all variants on all datasets, before the filters.
  private static func checkCount(
    _ sweep: Sweep, _ datasets: [SweepDataset], _ variants: [[IndexVariant]]
  ) throws(PlanError) {
    var total = CellCount([0])
    var largest: (variant: IndexVariant, count: CellCount, factors: [(what: String, count: Int)])?
    let all = zip(datasets, variants).flatMap { dataset, variants in variants.map { (dataset, $0) } }
    for (dataset, variant) in all {
      let factors =
        (variant.buildSettings + variant.searchSettings).map { ($0.name, $0.values.count) } + [
          ("k", sweep.ks.count), ("mode", sweep.modes.count), ("threads", sweep.threads.count),
          ("builds", sweep.builds),
          ("stages", sweep.workload.stages(of: variant.subject, on: dataset.shape).count),
        ]
      let count = CellCount(factors.map(\.1))
      total += count
      // A count that overflows is larger than all others.
      if largest.map({ ($0.count.value ?? .max) < (count.value ?? .max) }) ?? true {
        largest = (variant, count, factors)
      }
    }
    guard let largest, total.value.map({ $0 > CellCount.most }) ?? true else { return }
    let factors = largest.factors.filter { $0.count > 1 }.map { "\($0.count) of \($0.what)" }
    throw .tooManyCells(
      count: "\(total)", index: largest.variant.name, product: factors.joined(separator: " × "),
      datasets: variants.count)
  }

  /// The cells of one build: the stage varies slowest, then k, mode and threads, then the search settings.
  private static func cells(
    _ sweep: Sweep, _ variant: IndexVariant, _ build: Parameters, _ searches: [Parameters], seed: UInt64,
    dataset: SweepDataset
  ) -> [PlannedCell] {
    var cells: [PlannedCell] = []
    var options = RunOptions()
    options.rounds = sweep.rounds
    options.buildThreads = sweep.usedBuildThreads
    options.seed = seed
    for stage in sweep.workload.stages(of: variant.subject, on: dataset.shape) {
      options.stage = stage
      for k in sweep.ks {
        options.k = k
        for mode in sweep.modes {
          options.mode = mode
          for threads in sweep.threads {
            options.threads = threads
            for search in searches {
              cells.append(
                PlannedCell(
                  cell: Cell(kind: variant.subject.kind, build: build, search: search), options: options))
            }
          }
        }
      }
    }
    return cells.filter { cell in
      (variant.only.isEmpty || variant.only.contains { $0.matches(cell, dataset: dataset) })
        && !variant.except.contains { $0.matches(cell, dataset: dataset) }
    }
  }
}

/// The reason why a sweep cannot be planned; every description is one line with the remedy.
public enum PlanError: Error, Equatable, Sendable {
  case yaml(YAMLError)
  /// The filters leave nothing to measure, or the sweep names no dataset or no index.
  case nothing
  /// The sweep has too many cells before the filters; `product` lists the factors of the index with the most cells.
  case tooManyCells(count: String, index: String, product: String, datasets: Int)
  /// Two different datasets have the same name, so that their results could not be distinguished.
  case sameName(String, paths: [String])
  /// A configuration of ann-benchmarks, with other indexes beside it, has none for the metric of a dataset.
  case noAlgorithm(dataset: String, metric: Metric)
  /// An index of a configuration of ann-benchmarks has the name of one beside it.
  case sameIndex(String)
  /// The workload does not apply to an index or a dataset.
  case workload(BenchError)
}

extension PlanError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .yaml(let error): "\(error)"
    case .workload(let error): "\(error)"
    case .noAlgorithm(let dataset, let metric):
      "the configuration has no index for \(dataset), whose metric is \(metric.rawValue); write one below "
        + "'\(metric.rawValue):' or 'any:'"
    case .sameIndex(let name):
      "the configuration, too, has an index called \(name); leave \(name) out of --index, or rename the other"
    case .nothing: "the sweep has no cells; name a dataset and an index, and look at 'only' and 'except'"
    case .tooManyCells(let count, let index, let product, let datasets):
      "the sweep has \(count) cells (\(index): \(product.isEmpty ? "1" : product); "
        + "\(datasets) dataset\(datasets == 1 ? "" : "s")); \(CellCount.remedy)"
    case .sameName(let name, let paths):
      "two datasets are called \(name): \(paths.joined(separator: " and ")); rename one of the files"
    }
  }
}
