/// One cell of two runs, figure by figure.
public struct CellComparison: Sendable, Codable {
  public let subject: CellSubject
  /// What the head's sweep calls the index.
  public let variant: String
  /// Kind and all parameters, as the head has them.
  public let label: String
  /// nil where the datasets differ.
  public var recall: RecallDifference?
  /// All of the times are nil where `refusals` says why.
  public var queriesPerSecond: Quotient?
  public var p50Milliseconds: Quotient?
  public var p95Milliseconds: Quotient?
  public var p99Milliseconds: Quotient?
  /// nil also where different numbers of threads built, or an earlier run did.
  public var buildSeconds: Quotient?
  public var indexBytes: Quotient?
  /// nil also where nothing is on disk.
  public var diskBytes: Quotient?
  public var residentBytes: Quotient?
  /// Why times are not compared; empty where they are.
  public var refusals: [Incomparability]
  /// The queries that got worst: by lost recall, then by time; ten at most.
  public var worstQueries: [QueryComparison]
}

/// Recall of a cell in two runs over the same queries.
public struct RecallDifference: Sendable, Equatable, Codable {
  public var base: Double
  public var head: Double
  /// 95 % confidence of head − base, a bootstrap over the queries, paired; nil where the raw results are gone.
  public var interval: Interval?
  /// Standard deviation of head − base over the queries.
  public var deviation: Double?
  /// Those that are judged, where the raw results tell.
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
    let measurement: Measurement
    let raw: RawRounds?
    let speeds: RoundSpeeds

    init(_ measurement: Measurement, file: String, folder: String) {
      self.measurement = measurement
      raw = try? RawResultFile.read("\(folder)/\(file)")
      speeds = raw.map { RoundSpeeds($0, options: measurement.options) } ?? RoundSpeeds(measurement)
    }
  }

  private static let worstCount = 10

  /// - Parameter isPaired: whether the rounds of both sides alternated.
  /// - Complexity: O(q · (rounds + resamples)).
  init(_ subject: CellSubject, _ base: Side, _ head: Side, isPaired: Bool) {
    let (was, now) = (base.measurement, head.measurement)
    self.subject = subject
    variant = now.variant
    label = now.cell.label
    refusals = Incomparability.between(was, now)
    worstQueries = []
    guard !refusals.contains(where: \.isOfDataset) else { return }
    recall = RecallDifference(base, head)
    indexBytes = Quotient(base: Double(was.build.indexBytes), head: Double(now.build.indexBytes))
    if let before = was.build.file?.bytes, let after = now.build.file?.bytes {
      diskBytes = Quotient(base: Double(before), head: Double(after))
    }
    // An index that was built in an earlier run says nothing of what building takes now.
    let isBuilt = was.build.builtBefore == nil && now.build.builtBefore == nil
    if isBuilt, let before = was.build.residentBytes, let after = now.build.residentBytes {
      residentBytes = Quotient(base: Double(before), head: Double(after))
    }
    if refusals.isEmpty {
      func quotient(
        _ figure: (Measurement.Speed) -> Double, _ rounds: (RoundSpeeds) -> [Double]
      ) -> Quotient? {
        Quotient(
          base: figure(was.speed), head: figure(now.speed), baseRounds: rounds(base.speeds),
          headRounds: rounds(head.speeds), isPaired: isPaired)
      }
      queriesPerSecond = quotient(\.queriesPerSecond, \.queriesPerSecond)
      p50Milliseconds = quotient(\.p50Milliseconds, \.p50Milliseconds)
      p95Milliseconds = quotient(\.p95Milliseconds, \.p95Milliseconds)
      p99Milliseconds = quotient(\.p99Milliseconds, \.p99Milliseconds)
      if isBuilt, was.options.buildThreads == now.options.buildThreads {
        buildSeconds = Quotient(base: was.build.seconds, head: now.build.seconds)
      }
    }
    worstQueries = Self.worst(base, head, areTimesCompared: refusals.isEmpty)
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
    let worst = queries.filter(\.isWorse).sorted {
      ($0.headRecall - $0.baseRecall, -$0.slowdown) < ($1.headRecall - $1.baseRecall, -$1.slowdown)
    }
    return Array(worst.prefix(worstCount))
  }
}

extension RecallDifference {
  fileprivate init(_ base: CellComparison.Side, _ head: CellComparison.Side) {
    self.base = base.measurement.quality.recall
    self.head = head.measurement.quality.recall
    queries = base.measurement.dataset.queries
    guard let before = base.raw?.recalls, let after = head.raw?.recalls, !before.isEmpty, before.count == after.count
    else { return }
    let differences = zip(before, after).map { $1 - $0 }.filter { !$0.isNaN }
    guard !differences.isEmpty else { return }
    queries = differences.count
    interval = Bootstrap.interval(ofMean: differences)
    deviation = Dispersion.variance(differences).squareRoot()
  }
}
