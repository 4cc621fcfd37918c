import Foundation

/// Two runs side by side: each cell that both have, and the fronts of each index.
///
/// Runs that were measured interleaved are compared round by round; others by all of their rounds. Times are compared
/// only where machine, kernels, build and threads are the same; recall wherever the dataset is.
public struct Comparison: Sendable, Codable {
  /// Of the JSON form.
  public static let formatVersion = 1

  /// A run, in short.
  public struct Run: Sendable, Codable {
    public let folder: String
    public let number: Int
    public let tag: String
    public let commit: String
    public let started: Date
    public let command: String
    public let cells: Int
    public let cpu: String
    public let system: String
    public let configuration: String
    public let simd: String
    public let version: String

    init(_ compared: ComparedRun) {
      let run = compared.run
      // What measured may be another program than the one that recorded the run.
      let provenance =
        compared.records.lazy.compactMap(\.measurement).first?.provenance ?? run.machineAtStart.provenance
      folder = compared.folder
      number = run.number
      tag = run.tag
      commit = provenance.commit
      started = run.started
      command = run.command
      cells = compared.records.count
      (cpu, system) = (provenance.cpu, provenance.system)
      (configuration, simd, version) = (provenance.configuration, provenance.simd, provenance.version)
    }
  }

  /// A cell that one of the runs has not, or could not measure.
  public struct Unmatched: Sendable, Codable {
    public let subject: CellSubject
    public let variant: String
    /// nil where the run's sweep did not ask for it.
    public let base: CellStatus?
    public let head: CellStatus?
    /// Why it could not be measured, one line; empty otherwise.
    public let error: String
  }

  public let version: Int
  public let base: Run
  public let head: Run
  /// Whether the rounds of both alternated, on one machine at one time.
  public let isInterleaved: Bool
  public let cells: [CellComparison]
  public let fronts: [FrontComparison]
  /// Measured on both sides, but not compared, are none.
  public let unmatched: [Unmatched]

  /// What a comparison is asked for.
  public struct Options: Sendable {
    /// The recalls at which fronts are compared.
    public var recalls = [0.8, 0.9, 0.95, 0.99, 0.999]
    /// Only datasets of these names; empty for all.
    public var datasets: [String] = []
    /// Only this index of each run, by what the sweep calls it; nil for all.
    public var baseVariant: String?
    public var headVariant: String?

    public init() {}
  }

  /// Compares, reading raw results from the runs' folders as far as they are there.
  ///
  /// - Complexity: O(cells · q · (rounds + resamples)).
  public init(base: ComparedRun, head: ComparedRun, options: Options = Options()) {
    version = Self.formatVersion
    self.base = Run(base)
    self.head = Run(head)
    let isInterleaved = base.folder == head.folder && head.run.pairedWith == base.run.number
    self.isInterleaved = isInterleaved
    func chosen(_ run: ComparedRun, _ variant: String?) -> [CellRecord] {
      run.records.filter { record in
        (options.datasets.isEmpty || options.datasets.contains(record.dataset.name))
          && variant ?? record.variant == record.variant
      }
    }
    let matching = Matching(base: chosen(base, options.baseVariant), head: chosen(head, options.headVariant))
    var unmatched: [Unmatched] = []
    var cells: [CellComparison] = []
    var (basePoints, headPoints) = (FrontPoints(), FrontPoints())
    for (subject, before, after) in matching.pairs {
      let was = before.flatMap { Self.side($0, base.folder) }
      let now = after.flatMap { Self.side($0, head.folder) }
      if let was { basePoints.add(was) }
      if let now { headPoints.add(now) }
      if let was, let now {
        cells.append(CellComparison(subject, was, now, isPaired: isInterleaved))
      } else {
        unmatched.append(
          Unmatched(
            subject: subject, variant: (after ?? before)?.variant ?? "", base: before?.status, head: after?.status,
            error: [before, after].compactMap { $0?.error }.first { !$0.isEmpty } ?? ""))
      }
    }
    self.cells = cells
    self.unmatched = unmatched
    let isOfOtherVariants = options.baseVariant != options.headVariant
    fronts = basePoints.groups.flatMap { group -> [FrontComparison] in
      let partners = headPoints.groups.filter { $0.key.matches(group.key, whateverTheVariant: isOfOtherVariants) }
      return partners.flatMap { partner in
        FrontComparison.Figure.allCases.map {
          FrontComparison(
            $0, base: group.points, head: partner.points, at: options.recalls.sorted(), isPaired: isInterleaved)
        }
      }
    }
  }

  private static func side(_ record: CellRecord, _ folder: String) -> CellComparison.Side? {
    guard case .measured(let measurement, let file) = record.outcome else { return nil }
    return CellComparison.Side(measurement, file: file, folder: folder)
  }

  /// Everything that keeps times apart, each once.
  public var refusals: [Incomparability] { cells.flatMap(\.refusals).distinct }
}

/// Which cell of one run is which of the other.
private struct Matching {
  private(set) var pairs: [(subject: CellSubject, base: CellRecord?, head: CellRecord?)] = []

  /// Matches by all that a cell measures, then by all but the number of threads where that leaves no choice.
  init(base: [CellRecord], head: [CellRecord]) {
    func subjects(_ records: [CellRecord]) -> [CellSubject] {
      records.map { CellSubject($0.planned, dataset: $0.dataset) }
    }
    let (baseSubjects, headSubjects) = (subjects(base), subjects(head))
    var left = Dictionary(zip(headSubjects, head.indices)) { first, _ in first }
    var partners = baseSubjects.map { left.removeValue(forKey: $0) }
    let loose = Dictionary(grouping: left.values) { headSubjects[$0].withAnyThreads }
    let seeking = Dictionary(grouping: base.indices.filter { partners[$0] == nil }) { baseSubjects[$0].withAnyThreads }
    for (subject, places) in seeking where places.count == 1 {
      if let others = loose[subject], others.count == 1 { partners[places[0]] = others[0] }
    }
    for (place, record) in base.enumerated() {
      pairs.append(
        (partners[place].map { headSubjects[$0] } ?? baseSubjects[place], record, partners[place].map { head[$0] }))
    }
    let taken = Set(partners.compactMap { $0 })
    for (place, record) in head.enumerated() where !taken.contains(place) {
      pairs.append((headSubjects[place], nil, record))
    }
  }
}

/// The measured cells of a run, by the front that they belong to.
private struct FrontPoints {
  struct Key: Hashable {
    let variant: String
    let dataset: String
    let k: Int
    let mode: SearchMode
    let threads: Int

    func matches(_ other: Key, whateverTheVariant: Bool) -> Bool {
      (whateverTheVariant || variant == other.variant) && dataset == other.dataset && k == other.k
        && mode == other.mode && threads == other.threads
    }
  }

  private var order: [Key] = []
  private var cells: [Key: [(measurement: Measurement, speeds: RoundSpeeds)]] = [:]

  mutating func add(_ side: CellComparison.Side) {
    let measurement = side.measurement
    let key = Key(
      variant: measurement.variant, dataset: measurement.dataset.name, k: measurement.options.k,
      mode: measurement.options.mode, threads: measurement.options.threads)
    if cells[key] == nil { order.append(key) }
    cells[key, default: []].append((measurement, side.speeds))
  }

  /// In the order of their first cells.
  var groups: [(key: Key, points: FrontComparison.Points)] {
    order.map { ($0, FrontComparison.Points(variant: $0.variant, cells: cells[$0] ?? [])) }
  }
}
