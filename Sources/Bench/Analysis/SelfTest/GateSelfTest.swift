/// How often a gate raises a false alarm on this machine, and how often it notices a loss.
///
/// The material is pairs of interleaved runs of one program. Each pair is judged as it is and again with each loss in
/// the rounds of one index, the indexes in turn. In addition the heads are judged one against the one before it, as
/// nights that are measured apart.
public struct GateSelfTest: Sendable, Codable {
  /// The version of the JSON form.
  public static let formatVersion = 1

  /// How often a gate reported a regression.
  public struct Rate: Sendable, Codable {
    /// The number of gates whose report had enough data for a verdict.
    public var judged = 0
    /// The number of them that reported the loss; without a loss, any regression.
    public var reported = 0
    /// The number of gates without enough data.
    public var withoutVerdict = 0

    /// The 95 % confidence interval of the rate; `nil` when nothing was judged.
    public var interval: Interval? { judged > 0 ? Binomial.interval(reported, of: judged) : nil }
  }

  /// The rates for one loss.
  public struct Row: Sendable, Codable {
    /// The injected loss: `nothing`, `10 % of speed`, `0.5 points of recall`.
    public let loss: String
    /// The tolerance of the loss as text; empty without a loss.
    public let tolerance: String
    public internal(set) var interleaved = Rate()
    public internal(set) var apart = Rate()
  }

  public let version: Int
  /// The number of pairs of runs.
  public let pairs: Int
  /// The number of cells of each run, and of their rounds.
  public let cells: Int
  public let rounds: Int
  public let rows: [Row]
  /// The false alarms in interleaved pairs.
  public let falseAlarms: [GateReport.Check]

  /// The losses that are injected, with the figure whose tolerance concerns them.
  private static let losses: [(kind: InjectedLoss.Kind?, text: String)] = [
    (nil, "nothing"), (.speed(0.02), "2 % of speed"), (.speed(0.05), "5 % of speed"), (.speed(0.1), "10 % of speed"),
    (.recall(0.002), "0.2 points of recall"), (.recall(0.005), "0.5 points of recall"),
  ]

  /// Judges the pairs.
  ///
  /// - Parameters:
  ///   - pairs: pairs of interleaved runs of one program in the order in which they were measured.
  ///   - progress: is called with the number of judged pairs.
  /// - Complexity: O(pairs · cells · q · (rounds + resamples)).
  public init(
    _ configuration: GateConfiguration, pairs: [(base: ComparedRun, head: ComparedRun)],
    progress: (Int) -> Void = { _ in }
  ) {
    version = Self.formatVersion
    self.pairs = pairs.count
    let measured = pairs.first?.head.records.compactMap(\.measurement) ?? []
    cells = measured.count
    rounds = measured.map(\.options.rounds).max() ?? 0
    let variants = (pairs.first?.head.records ?? []).map(\.variant).distinct
    var rows = Self.losses.map { loss in
      Row(loss: loss.text, tolerance: Self.tolerance(loss.kind, configuration))
    }
    var falseAlarms: [GateReport.Check] = []
    for (number, pair) in pairs.enumerated() {
      for (place, loss) in Self.losses.enumerated() {
        // The indexes take turns; without an index there is nothing to judge.
        let injected = loss.kind.flatMap { kind in
          variants.isEmpty
            ? nil : InjectedLoss(kind: kind, variant: variants[number % variants.count], seed: UInt64(number))
        }
        let report = Self.report(configuration, base: pair.base, head: pair.head, NoiseFloor([]), injected)
        rows[place].interleaved.add(report, injected)
        if loss.kind == nil { falseAlarms += report.checks.filter { $0.verdict == .regression } }
        guard number > NoiseFloor.leastDifferences else { continue }
        let nights = pairs[..<number].suffix(configuration.historyLength).map(\.head)
        let apart = Self.report(
          configuration, base: nights[nights.count - 1], head: pair.head, NoiseFloor(nights.map(\.records)), injected)
        rows[place].apart.add(apart, injected)
      }
      progress(number + 1)
    }
    self.rows = rows
    self.falseAlarms = falseAlarms
  }

  private static func report(
    _ configuration: GateConfiguration, base: ComparedRun, head: ComparedRun, _ noise: NoiseFloor, _ loss: InjectedLoss?
  ) -> GateReport {
    var options = Comparison.Options()
    options.recalls = configuration.recalls
    options.loss = loss
    return Gate(configuration, Comparison(base: base, head: head, options: options), noise: noise).judge()
  }

  private static func tolerance(_ kind: InjectedLoss.Kind?, _ configuration: GateConfiguration) -> String {
    func text(_ figure: Figure, _ unit: String) -> String {
      configuration.tolerances[figure].map { "\(((1e4 * $0).rounded() / 100).formatted()) \(unit)" } ?? "off"
    }
    return switch kind {
    case .speed: text(.qps, "%")
    case .recall: text(.recall, "points")
    case nil: ""
    }
  }
}

extension GateSelfTest.Rate {
  fileprivate mutating func add(_ report: GateReport, _ loss: InjectedLoss?) {
    let alarms = report.checks.filter { $0.verdict == .regression }
    guard let loss else {
      // A single figure without enough data says nothing about the others.
      let isJudged = report.verdict == .regression || report.checks.contains { !$0.isUndecided && $0.statuses == nil }
      return add(isJudged: isJudged, isReported: report.verdict == .regression)
    }
    func concerns(_ check: GateReport.Check) -> Bool {
      guard check.index == loss.variant, let figure = Figure.compared(named: check.metric) else { return false }
      return if case .speed = loss.kind { figure.isTime } else { figure.isShare }
    }
    let isJudged = report.checks.contains { concerns($0) && !$0.isUndecided }
    add(isJudged: isJudged, isReported: alarms.contains(where: concerns))
  }

  private mutating func add(isJudged: Bool, isReported: Bool) {
    if isJudged { judged += 1 } else { withoutVerdict += 1 }
    if isReported { reported += 1 }
  }
}
