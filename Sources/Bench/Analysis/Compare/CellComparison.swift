/// The comparison of one cell in two runs, figure by figure.
public struct CellComparison: Sendable {
  public let subject: CellSubject
  /// The name of the index in the head's sweep.
  public let variant: String
  /// The kind and all parameters, as the head has them.
  public let label: String
  /// The name among the cells of the comparison, see `Comparison.Options.namesInFull`.
  public let name: String
  /// The earlier run whose figures stand for those of the base; `nil` for the base itself.
  public let baseRun: Int?
  /// The values of each compared figure on both sides, by its name, whether or not they can be compared.
  public internal(set) var figures: [String: FigurePair]
  /// The difference of recall; `nil` when the datasets differ, and when no query was judged.
  public var recall: RecallDifference?
  /// Head ÷ base of all other figures that both sides have, except those that must not be compared. An index that an
  /// earlier run built has no figures of its build.
  public var quotients: [Figure: Quotient] = [:]
  /// The reasons why times, recall or all figures are not compared; empty when everything is.
  public var refusals: [Incomparability]
  /// The reasons why the raw results of a side were not used, one line each; there are then no intervals over queries.
  public let rawProblems: [String]
  /// The queries that became worst, at most ten: by lost recall, then by time.
  public var worstQueries: [QueryComparison]
}

/// One figure of a cell in two runs; `nil` when a run does not have it.
public struct FigurePair: Sendable, Equatable, Codable {
  public var base: Double?
  public var head: Double?
}

/// Recall of a cell in two runs over the same queries.
public struct RecallDifference: Sendable, Equatable, Codable {
  public var base: Double
  public var head: Double
  /// The 95 % confidence interval of head − base, by a paired bootstrap over the queries; for an `ingest`, that of two
  /// independent samples of searches. `nil` when the raw results are missing.
  public var interval: Interval?
  /// The standard deviation of head − base over the queries; `nil` when the raw results are missing.
  public var deviation: Double?
  /// The number of queries that were judged in both runs.
  public var queries: Int

  /// Head − base, as a fraction; a hundredth is one point.
  public var difference: Double { head - base }
}

/// One query in two runs.
public struct QueryComparison: Sendable, Equatable, Codable {
  /// The query's position in the dataset, counted from 0.
  public var query: Int
  public var baseRecall: Double
  public var headRecall: Double
  /// The medians over the rounds; `nil` when times are not compared.
  public var baseMilliseconds: Double?
  public var headMilliseconds: Double?

  /// Whether the query lost recall or became slower.
  var isWorse: Bool { headRecall < baseRecall || slowdown > 1 }

  var slowdown: Double {
    guard let baseMilliseconds, let headMilliseconds, baseMilliseconds > 0 else { return 1 }
    return headMilliseconds / baseMilliseconds
  }
}

extension CellComparison {
  /// A measured cell, with its raw results when they exist.
  struct Side {
    let measurement: CellMeasurement
    let raw: RawRounds?
    /// The reason why there are no raw results.
    let rawProblem: String?
    let speeds: RoundSpeeds

    /// `nil` for a cell that was not measured.
    ///
    /// - Parameter loss: a loss that is put into the recorded rounds, for a test of the gate.
    init?(_ record: CellRecord, folder: String, loss: InjectedLoss? = nil) {
      guard var measurement = record.measurement else { return nil }
      var rounds: RawRounds?
      var problem: String?
      if measurement.options.keepsRawResults {
        do throws(LedgerError) { rounds = try record.rawRounds(in: folder) } catch { problem = "\(error)" }
      }
      if var changed = rounds, let loss {
        loss.apply(to: &measurement, &changed)
        rounds = changed
      }
      self.measurement = measurement
      (raw, rawProblem) = (rounds, problem)
      speeds = rounds.map { RoundSpeeds($0, options: measurement.options) } ?? RoundSpeeds(measurement)
    }
  }

  private static let worstCount = 10

  /// - Parameters:
  ///   - baseRun: the earlier run whose figures stand for those of the base; `nil` for the base itself.
  ///   - isPaired: whether the rounds of both sides alternated.
  /// - Complexity: O(q · (rounds + resamples)).
  init(_ subject: CellSubject, name: String, _ base: Side, _ head: Side, baseRun: Int? = nil, isPaired: Bool) {
    let (was, now) = (base.measurement, head.measurement)
    self.subject = subject
    self.baseRun = baseRun
    variant = now.variant
    label = now.planned.label
    self.name = name
    rawProblems = [base.rawProblem, head.rawProblem].compactMap { $0 }
    let betweenTimes = Incomparability.between(was, now)
    refusals = betweenTimes
    worstQueries = []
    figures = Dictionary(
      uniqueKeysWithValues: Figure.compared.map {
        ($0.name, FigurePair(base: $0.number(of: was), head: $0.number(of: now)))
      })
    guard !refusals.contains(where: \.isOfDataset) else { return }
    if was.options.buildThreads != now.options.buildThreads {
      refusals.append(.buildThreads(base: was.options.buildThreads, head: now.options.buildThreads))
    }
    recall = RecallDifference(base, head)
    if recall == nil, was.isSearched || now.isSearched { refusals.append(.noJudgedQueries) }
    let isBuilt = was.build.builtBefore == nil && now.build.builtBefore == nil
    for figure in Figure.compared where !figure.isShare && (isBuilt || !figure.isOfBuild) {
      guard !refusals.contains(where: { $0.concerns(figure) }), let before = figure.number(of: was),
        let after = figure.number(of: now)
      else { continue }
      quotients[figure] = Quotient(
        base: before, head: after, baseRounds: figure.rounds(of: base.speeds),
        headRounds: figure.rounds(of: head.speeds),
        isPaired: isPaired)
    }
    worstQueries = Self.worst(base, head, areTimesCompared: betweenTimes.isEmpty)
  }

  private static func worst(_ base: Side, _ head: Side, areTimesCompared: Bool) -> [QueryComparison] {
    guard let was = base.raw, let now = head.raw, !was.recalls.isEmpty, was.recalls.count == now.recalls.count else {
      return []
    }
    // An equal share of a batch's time says nothing about a single query.
    let areTimesOfQueries = areTimesCompared && base.measurement.options.mode == .single
    let before = areTimesOfQueries ? was.medianNanoseconds : []
    let after = areTimesOfQueries ? now.medianNanoseconds : []
    let judged = was.recalls.indices.filter { !was.recalls[$0].isNaN && !now.recalls[$0].isNaN }
    let queries = judged.map { query in
      QueryComparison(
        query: query, baseRecall: was.recalls[query], headRecall: now.recalls[query],
        baseMilliseconds: areTimesOfQueries ? before[query] / 1e6 : nil,
        headMilliseconds: areTimesOfQueries ? after[query] / 1e6 : nil)
    }
    let worst = queries.filter { $0.baseRecall.isFinite && $0.headRecall.isFinite && $0.isWorse }.sorted {
      ($0.headRecall - $0.baseRecall, -$0.slowdown) < ($1.headRecall - $1.baseRecall, -$1.slowdown)
    }
    return Array(worst.prefix(worstCount))
  }
}

extension RecallDifference {
  /// `nil` when a side has no recall.
  fileprivate init?(_ base: CellComparison.Side, _ head: CellComparison.Side) {
    let (was, now) = (base.measurement.quality.recall, head.measurement.quality.recall)
    guard was.isFinite, now.isFinite else { return nil }
    self.base = was
    self.head = now
    queries = base.measurement.dataset.queries
    guard base.measurement.options.keepsRawResults else {
      // Each side judged different searches, so the variances of both means add up.
      let sides = [base.measurement, head.measurement]
      let variance = sides.reduce(0) { sum, side in
        let width = side.uncertainty.recall.high - side.uncertainty.recall.low
        return sum + width * width / (4 * 1.96 * 1.96)
      }
      guard variance.isFinite else { return }
      queries = sides.compactMap { $0.workload?.searches?.judged }.min() ?? 0
      deviation = (variance * Double(max(queries, 1))).squareRoot()
      interval = Interval(
        low: now - was - 1.96 * variance.squareRoot(), high: now - was + 1.96 * variance.squareRoot())
      return
    }
    guard let before = base.raw?.recalls, let after = head.raw?.recalls, before.count == after.count else { return }
    // A query that was not judged has no recall.
    let differences = zip(before, after).map { $1 - $0 }.filter(\.isFinite)
    guard !differences.isEmpty else { return }
    queries = differences.count
    interval = Bootstrap.interval(ofMean: differences)
    deviation = Dispersion.variance(differences).squareRoot()
  }
}
