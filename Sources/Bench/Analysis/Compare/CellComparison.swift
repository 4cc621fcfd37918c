/// One cell of two runs, figure by figure.
public struct CellComparison: Sendable {
  public let subject: CellSubject
  /// What the head's sweep calls the index.
  public let variant: String
  /// Kind and all parameters, as the head has them.
  public let label: String
  /// What it is called among the cells of the comparison, see `Comparison.Options.namesInFull`.
  public let name: String
  /// The earlier run that the base's figures are of; nil for those of the base itself.
  public let baseRun: Int?
  /// What both sides have of each compared figure, by its name, whether the two can be compared or not.
  public internal(set) var figures: [String: FigurePair]
  /// nil where the datasets differ, and where no query was judged.
  public var recall: RecallDifference?
  /// Head ÷ base of all other figures that both sides have, but for those that a refusal is about. An index that an
  /// earlier run built has none of its build.
  public var quotients: [Figure: Quotient] = [:]
  /// Why times, recall or all figures are not compared; empty where everything is.
  public var refusals: [Incomparability]
  /// Why the raw results of a side were not used, one line each: then there are no intervals over queries.
  public let rawProblems: [String]
  /// The queries that got worst: by lost recall, then by time; ten at most.
  public var worstQueries: [QueryComparison]
}

/// One figure of a cell in two runs; nil where a run does not have it.
public struct FigurePair: Sendable, Equatable, Codable {
  public var base: Double?
  public var head: Double?
}

/// Recall of a cell in two runs over the same queries.
public struct RecallDifference: Sendable, Equatable, Codable {
  public var base: Double
  public var head: Double
  /// 95 % confidence of head − base, a bootstrap over the queries, paired; of an `ingest` that of two samples of searches.
  /// nil where the raw results are gone.
  public var interval: Interval?
  /// Standard deviation of head − base over the queries; nil where the raw results are gone.
  public var deviation: Double?
  /// Those that were judged in both runs.
  public var queries: Int

  /// Head − base, as a share; a hundredth is a point.
  public var difference: Double { head - base }
}

/// One query in two runs.
public struct QueryComparison: Sendable, Equatable, Codable {
  /// Its place in the dataset, from 0.
  public var query: Int
  public var baseRecall: Double
  public var headRecall: Double
  /// Medians over the rounds; nil where times are not compared.
  public var baseMilliseconds: Double?
  public var headMilliseconds: Double?

  /// Whether it lost recall, or time.
  var isWorse: Bool { headRecall < baseRecall || slowdown > 1 }

  var slowdown: Double {
    guard let baseMilliseconds, let headMilliseconds, baseMilliseconds > 0 else { return 1 }
    return headMilliseconds / baseMilliseconds
  }
}

extension CellComparison {
  /// A measured cell with its raw results, as far as they are there.
  struct Side {
    let measurement: CellMeasurement
    let raw: RawRounds?
    /// Why there are none.
    let rawProblem: String?
    let speeds: RoundSpeeds

    /// nil for a cell that was not measured.
    init?(_ record: CellRecord, folder: String) {
      guard let measurement = record.measurement else { return nil }
      self.measurement = measurement
      guard measurement.options.keepsRawResults else {
        (raw, rawProblem) = (nil, nil)
        speeds = RoundSpeeds(measurement)
        return
      }
      do throws(LedgerError) {
        raw = try record.rawRounds(in: folder)
        rawProblem = nil
      } catch {
        raw = nil
        rawProblem = "\(error)"
      }
      speeds = raw.map { RoundSpeeds($0, options: measurement.options) } ?? RoundSpeeds(measurement)
    }
  }

  private static let worstCount = 10

  /// - Parameters:
  ///   - baseRun: the earlier run that the base's figures are of; nil for the base itself.
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
    // The equal share of a batch says nothing of a query.
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
  /// nil where a side has no recall.
  fileprivate init?(_ base: CellComparison.Side, _ head: CellComparison.Side) {
    let (was, now) = (base.measurement.quality.recall, head.measurement.quality.recall)
    guard was.isFinite, now.isFinite else { return nil }
    self.base = was
    self.head = now
    queries = base.measurement.dataset.queries
    guard base.measurement.options.keepsRawResults else {
      // The searches that were judged are others on each side: the errors of both means add up.
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
    // A query that was not judged has none.
    let differences = zip(before, after).map { $1 - $0 }.filter(\.isFinite)
    guard !differences.isEmpty else { return }
    queries = differences.count
    interval = Bootstrap.interval(ofMean: differences)
    deviation = Dispersion.variance(differences).squareRoot()
  }
}
