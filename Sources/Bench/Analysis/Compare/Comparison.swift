import Foundation

/// The comparison of two runs: each cell that both have, and the fronts of each index.
///
/// Interleaved runs are compared round by round; other runs by all of their rounds. Times are compared only when
/// machine, kernels, build and threads are the same; recall whenever the dataset is the same.
public struct Comparison: Sendable, Codable {
  /// The version of the JSON form.
  public static let formatVersion = 1

  /// A summary of a run.
  public struct Run: Sendable, Codable {
    public let folder: String
    public let number: Int
    public let tag: String
    public let commit: String
    public let started: Date
    public let command: String
    /// The number of ended cells, measured or not.
    public let cells: Int
    /// The number of planned cells.
    public let plannedCells: Int
    /// Whether the run is finished.
    public let isFinished: Bool
    public let cpu: String
    public let system: String
    public let configuration: String
    public let simd: String
    public let version: String
    /// The commit of the measuring program; the beginning of the program's SHA-256 when the commit is unknown.
    public let identity: String

    init(_ compared: ComparedRun) {
      let run = compared.run
      // The measuring program may differ from the one that recorded the run.
      let provenance =
        compared.records.lazy.compactMap(\.measurement).first?.provenance ?? run.machineAtStart.provenance
      folder = compared.folder
      number = run.number
      tag = run.tag
      commit = provenance.commit
      identity = commit.isEmpty ? "program \(provenance.programSHA256.prefix(12))" : commit
      started = run.started
      command = run.command
      cells = compared.ended
      plannedCells = compared.planned
      isFinished = run.ended != nil && compared.missing == 0
      (cpu, system) = (provenance.cpu, provenance.system)
      (configuration, simd, version) = (provenance.configuration, provenance.simd, provenance.version)
    }

    /// A text for an unfinished run: `run 5, did not come to its end: 2 of 7 cells`.
    public var unfinished: String { "run \(number), did not come to its end: \(cells) of \(plannedCells) cells" }
  }

  /// A cell that was not measured in both runs.
  public struct Unmatched: Sendable, Codable {
    public let subject: CellSubject
    public let variant: String
    /// The name among the cells of the comparison, see `Comparison.Options.namesInFull`.
    public let name: String
    /// The cell's status in each run; `nil` when the run did not plan the cell, or ended before it.
    public let base: CellStatus?
    public let head: CellStatus?
    /// The earlier run that measured the cell in place of the base; `nil` for the base itself.
    public let baseRun: Int?
    /// The dataset, when both runs have one of this name and their bytes differ; `nil` otherwise.
    public let refusal: Incomparability?
    /// The reason why the cell was not measured, that of the head if it has one, in one line; empty otherwise.
    public let error: String
  }

  public let version: Int
  public let base: Run
  public let head: Run
  /// Whether the rounds of both runs alternated, on one machine at one time.
  public let isInterleaved: Bool
  public let cells: [CellComparison]
  public let fronts: [FrontComparison]
  /// The cells that were not measured on both sides.
  public let unmatched: [Unmatched]
  /// The number of planned cells of the base without a record, less the head's cells that the base lacks.
  ///
  /// It is not known what these cells were.
  let unknownOfBase: Int

  /// The options of a comparison.
  public struct Options: Sendable {
    /// The recalls at which fronts are compared.
    public var recalls = [0.8, 0.9, 0.95, 0.99, 0.999]
    /// The names of the datasets to compare; empty for all.
    public var datasets: [String] = []
    /// Only these indexes of each run, by what the sweep calls them; empty for all.
    public var baseVariants: [String] = []
    public var headVariants: [String] = []
    /// Whether cells are called by their kind and all parameters, and not as `CellNames` has it.
    public var namesInFull = false
    /// A loss that is put into the head's recorded rounds, for a test of the gate.
    var loss: InjectedLoss?

    public init() {}
  }

  /// Compares two runs, and reads raw results from the runs' folders when they exist.
  ///
  /// - Complexity: O(cells · q · (rounds + resamples)).
  public init(base: ComparedRun, head: ComparedRun, options: Options = Options()) {
    version = Self.formatVersion
    self.base = Run(base)
    self.head = Run(head)
    let isInterleaved = head.isInterleaved(with: base)
    self.isInterleaved = isInterleaved
    func chosen(_ run: ComparedRun, _ variants: [String]) -> [CellRecord] {
      run.records.filter { record in
        (options.datasets.isEmpty || options.datasets.contains(record.dataset.name))
          && (variants.isEmpty || variants.contains(record.variant))
      }
    }
    let matching = Matching(base: chosen(base, options.baseVariants), head: chosen(head, options.headVariants))
    var unmatched: [Unmatched] = []
    var cells: [CellComparison] = []
    var (basePoints, headPoints) = (FrontPoints(), FrontPoints())
    let replaced = Self.replacedDatasets(base.records, head.records)
    let names = CellNames(matching.pairs.compactMap { $0.head ?? $0.base })
    for (subject, before, after) in matching.pairs {
      let name = (after ?? before).map { options.namesInFull ? $0.planned.label : names.cell($0) } ?? ""
      let was = before.flatMap { CellComparison.Side($0, folder: base.folder) }
      let now = after.flatMap { CellComparison.Side($0, folder: head.folder, loss: options.loss) }
      let baseRun = before.flatMap { base.earlierRuns[$0.key] }
      if let was { basePoints.add(was) }
      if let now { headPoints.add(now) }
      if let was, let now {
        cells.append(
          CellComparison(subject, name: name, was, now, baseRun: baseRun, isPaired: isInterleaved && baseRun == nil))
      } else {
        unmatched.append(
          Unmatched(
            subject: subject, variant: (after ?? before)?.variant ?? "", name: name, base: before?.status,
            head: after?.status,
            baseRun: baseRun, refusal: replaced[subject.dataset],
            error: [after, before].compactMap { $0?.error }.first { !$0.isEmpty } ?? ""))
      }
    }
    self.cells = cells
    self.unmatched = unmatched
    let ofBase = Set(base.records.lazy.filter { base.earlierRuns[$0.key] == nil }.map(NamedCell.init))
    unknownOfBase = max(0, base.missing - Set(head.records.map(NamedCell.init)).subtracting(ofBase).count)
    let isOfOtherVariants = Set(options.baseVariants) != Set(options.headVariants)
    fronts = basePoints.groups.flatMap { group -> [FrontComparison] in
      let partners = headPoints.groups.filter { $0.key.matches(group.key, whateverTheVariant: isOfOtherVariants) }
      return partners.flatMap { partner in
        Figure.ofFronts.filter { group.key.mode == .single || !Figure.timesOfQueries.contains($0) }.map {
          FrontComparison(
            $0, base: group.points, head: partner.points, at: options.recalls.sorted(), isPaired: isInterleaved)
        }
      }
    }
  }

  /// The datasets that have the same name in both runs, and no bytes in common.
  private static func replacedDatasets(_ base: [CellRecord], _ head: [CellRecord]) -> [String: Incomparability] {
    func hashes(_ records: [CellRecord]) -> [String: Set<String>] {
      // A dataset that could not be read has no hash.
      records.filter { !$0.dataset.sha256.isEmpty }
        .reduce(into: [:]) { $0[$1.dataset.name, default: []].insert($1.dataset.sha256) }
    }
    let heads = hashes(head)
    return hashes(base).reduce(into: [:]) { replaced, entry in
      guard let others = heads[entry.key], others.isDisjoint(with: entry.value), let other = others.min(),
        let own = entry.value.min()
      else { return }
      replaced[entry.key] = .dataset(base: own, head: other)
    }
  }

  /// All reasons why figures are not compared, each once.
  public var refusals: [Incomparability] { (cells.flatMap(\.refusals) + unmatched.compactMap(\.refusal)).distinct }

  /// All reasons why raw results were not used, each once.
  public var rawProblems: [String] { cells.flatMap(\.rawProblems).distinct }
}

/// The assignment of the cells of one run to those of the other.
private struct Matching {
  private(set) var pairs: [(subject: CellSubject, base: CellRecord?, head: CellRecord?)] = []

  /// Matches cells by subject and name of the index, and the rest by the subject alone.
  ///
  /// Cells that are still left are matched without the number of threads, when only one candidate remains.
  init(base: [CellRecord], head: [CellRecord]) {
    let (baseCells, headCells) = (base.map(NamedCell.init), head.map(NamedCell.init))
    var partners = [Int?](repeating: nil, count: base.count)
    var left = Set(head.indices)
    func match<Key: Hashable>(isAmbiguous: Bool, _ key: (NamedCell) -> Key) {
      let offered = Dictionary(grouping: left.sorted()) { key(headCells[$0]) }
      let seeking = Dictionary(grouping: base.indices.filter { partners[$0] == nil }) { key(baseCells[$0]) }
      for (key, places) in seeking {
        guard let others = offered[key], isAmbiguous || (places.count == 1 && others.count == 1) else { continue }
        for (place, other) in zip(places, others) {
          partners[place] = other
          left.remove(other)
        }
      }
    }
    match(isAmbiguous: true) { $0 }
    match(isAmbiguous: true) { $0.subject }
    match(isAmbiguous: false) { $0.subject.withAnyThreads }
    for (place, record) in base.enumerated() {
      let partner = partners[place]
      pairs.append(((partner.map { headCells[$0] } ?? baseCells[place]).subject, record, partner.map { head[$0] }))
    }
    for place in left.sorted() { pairs.append((headCells[place].subject, nil, head[place])) }
  }
}

/// The measured cells of a run, grouped by front.
private struct FrontPoints {
  struct Key: Hashable {
    let variant: String
    let dataset: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    let stage: WorkloadStage?

    func matches(_ other: Key, whateverTheVariant: Bool) -> Bool {
      (whateverTheVariant || variant == other.variant) && dataset == other.dataset && k == other.k
        && mode == other.mode && threads == other.threads && stage == other.stage
    }
  }

  private var cells: [(key: Key, cell: (measurement: CellMeasurement, speeds: RoundSpeeds))] = []

  mutating func add(_ side: CellComparison.Side) {
    let measurement = side.measurement
    // A cell without a recall has no place on a front.
    guard measurement.quality.recall.isFinite else { return }
    let key = Key(
      variant: measurement.variant, dataset: measurement.dataset.name, k: measurement.options.k,
      mode: measurement.options.mode, threads: measurement.options.threads, stage: measurement.options.stage)
    cells.append((key, (measurement, side.speeds)))
  }

  /// The groups, in the order of their first cells.
  var groups: [(key: Key, points: FrontComparison.Points)] {
    cells.grouped { $0.key }.map { key, cells in
      (key, FrontComparison.Points(variant: key.variant, cells: cells.map { $0.cell }))
    }
  }
}
