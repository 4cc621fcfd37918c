import Datasets
import Foundation
import VectorCore

/// Computes the measurements of an `ingest` after the clock has stopped.
extension IngestWorkload {
  /// The greatest number of searches in a phase that are judged.
  private static let judgedSearches = 100

  /// The measurements of all phases; `nil` for a phase in which no search was judged, for example when no memtable was
  /// flushed.
  ///
  /// - Throws: `BenchError.index` when the exact index, which judges the answers, refuses the vectors.
  func measurements(_ log: Log, as identity: Runner.Identity) throws(BenchError) -> [IngestPhase: CellMeasurement] {
    let inserts = log.phases.flatMap(\.inserts)
    func whenWriting(_ phase: IngestPhase, _ isMeant: (Insert) -> Bool) -> PhaseLog {
      PhaseLog(
        phase: phase, times: inserts.filter(isMeant).map { $0.start..<$0.end }, rows: dataset.train.rows,
        indexBytes: log.phases.map(\.indexBytes).max() ?? 0)
    }
    let phases =
      log.phases
      + [
        whenWriting(.freezing) { $0.freezes > 0 && $0.flushes == 0 }, whenWriting(.flushing) { $0.flushes > 0 },
      ].filter { !Self.begun(log.samples, in: $0.times, \.start).isEmpty }
    let judged = phases.map { phase in
      Self.evenly(Self.judgedSearches, of: Self.begun(log.samples, in: phase.times, \.start))
    }
    let judgements = try IngestJudge(
      dataset: dataset, k: planned.options.k, threads: planned.options.buildThreads
    ).judge(judged)
    var measurements: [IngestPhase: CellMeasurement] = [:]
    for (phase, judgement) in zip(phases, judgements) {
      measurements[phase.phase] = measurement(phase, log, judgement, as: identity)
    }
    return measurements
  }

  private func measurement(
    _ log: PhaseLog, _ whole: Log, _ judgement: IngestJudge.Judgement, as identity: Runner.Identity
  ) -> CellMeasurement {
    let searches = Self.begun(whole.searches, in: log.times, \.start)
    let figures = SearchFigures(searches, readers: options.readers, recalls: judgement.recalls)
    var shape = DatasetShape(dataset)
    shape.trainSize = log.rows
    var settings = planned.options
    settings.stage = .ingest(phase: log.phase, options: options)
    var cost = whole.cost
    cost.indexBytes = log.indexBytes
    return CellMeasurement(
      variant: identity.variant, cell: planned.cell, options: settings, dataset: shape,
      datasetSHA256: identity.datasetSHA256, build: cost, speed: figures.speed, quality: judgement.quality,
      uncertainty: figures.uncertainty, rounds: figures.parts,
      warmUp: CellMeasurement.WarmUp(queries: 0, seconds: 0),
      noise: NoiseWarning.warnings(for: [], together: log.activity, threads: max(options.readers, 1)),
      peakBytes: ProcessMemory.peakBytes(), provenance: identity.provenance, timestamp: Date(),
      workload: WorkloadFigures(
        searches: WorkloadFigures.Searches(
          count: searches.count, judged: judgement.recalls.count { !$0.isNaN }),
        writes: Self.writes(log), memtableRows: log.memtables?.rows, overflowRows: log.memtables?.overflowRows))
  }

  private static func writes(_ log: PhaseLog) -> WorkloadFigures.Writes? {
    guard !log.inserts.isEmpty else { return nil }
    let latencies = log.inserts.map { Double($0.end - $0.due) / 1e6 }.sorted()
    return WorkloadFigures.Writes(
      vectors: log.inserts.reduce(0) { $0 + $1.rows },
      seconds: log.times.reduce(0) { $0 + Double($1.upperBound - $1.lowerBound) } / 1e9,
      p50Milliseconds: percentile(50, ofSorted: latencies), p99Milliseconds: percentile(99, ofSorted: latencies),
      freezes: log.inserts.reduce(0) { $0 + $1.freezes }, flushes: log.inserts.reduce(0) { $0 + $1.flushes })
  }

  /// The elements that began within some intervals of time; the elements are ordered by start time.
  private static func begun<Element>(
    _ all: [Element], in times: [Range<UInt64>], _ start: KeyPath<Element, UInt64>
  ) -> [Element] {
    func first(from time: UInt64) -> Int {
      var (low, high) = (0, all.count)
      while low < high {
        let middle = (low + high) / 2
        if all[middle][keyPath: start] < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return times.flatMap { all[first(from: $0.lowerBound)..<first(from: $0.upperBound)] }
  }

  /// `count` of the elements, evenly spread over all of them.
  private static func evenly<Element>(_ count: Int, of all: [Element]) -> [Element] {
    all.count <= count ? all : (0..<count).map { all[$0 * all.count / count] }
  }

  /// The figures of the readers' searches in a phase; all are NaN when there were no searches.
  struct SearchFigures {
    var speed = CellMeasurement.Speed(
      queriesPerSecond: .nan, slowestQueriesPerSecond: .nan, fastestQueriesPerSecond: .nan, p50Milliseconds: .nan,
      p95Milliseconds: .nan, p99Milliseconds: .nan, p999Milliseconds: .nan, distanceComputations: .nan,
      candidates: .nan)
    var uncertainty = CellMeasurement.Uncertainty(
      recall: .unknown, queriesPerSecond: .unknown, p99Milliseconds: .unknown, speedDeviation: .nan,
      unstableQueries: 0)
    /// The figures of consecutive parts with equally many searches; empty when there were no searches.
    var parts: [RoundFigures] = []

    /// The number of parts into which the searches are divided; the spread of the parts' means gives the confidence
    /// interval of the whole.
    ///
    /// Successive searches are not independent, but the means of long parts nearly are. Source: Schmeiser, "Batch Size
    /// Effects in the Analysis of Simulation Output", Operations Research 30(3), 1982, doi:10.1287/opre.30.3.556.
    private static let partCount = 10

    /// - Parameters:
    ///   - searches: the searches, ordered by start time.
    ///   - recalls: the recalls of the judged searches; NaN for queries without true neighbours.
    init(_ searches: [IngestReaders.Search], readers: Int, recalls: [Double]) {
      let judged = recalls.filter { !$0.isNaN }
      if !judged.isEmpty { uncertainty.recall = Bootstrap.interval(ofMean: judged) }
      guard !searches.isEmpty else { return }
      let times = searches.map { Double($0.nanoseconds) / 1e6 }.sorted()
      let count = min(Self.partCount, searches.count)
      parts = (0..<count).map { part in
        let searches = searches[searches.count * part / count..<searches.count * (part + 1) / count]
        return RoundFigures(
          queriesPerSecond: Self.queriesPerSecond(searches, readers: readers),
          p99Milliseconds: percentile(99, ofSorted: searches.map { Double($0.nanoseconds) / 1e6 }.sorted()),
          seconds: searches.reduce(0) { $0 + Double($1.nanoseconds) } / Double(readers) / 1e9,
          activity: MachineActivity())
      }
      let speeds = parts.map(\.queriesPerSecond)
      func mean(_ figure: (IngestReaders.Search) -> UInt32) -> Double {
        searches.reduce(0) { $0 + Double(figure($1)) } / Double(searches.count)
      }
      speed = CellMeasurement.Speed(
        queriesPerSecond: Self.queriesPerSecond(searches[...], readers: readers),
        slowestQueriesPerSecond: speeds.min() ?? .nan, fastestQueriesPerSecond: speeds.max() ?? .nan,
        p50Milliseconds: percentile(50, ofSorted: times), p95Milliseconds: percentile(95, ofSorted: times),
        p99Milliseconds: percentile(99, ofSorted: times), p999Milliseconds: percentile(99.9, ofSorted: times),
        distanceComputations: mean(\.distanceComputations), candidates: mean(\.found))
      uncertainty.queriesPerSecond = Bootstrap.interval(ofMean: speeds)
      uncertainty.p99Milliseconds = Self.interval(ofPercentile: 99, ofSorted: times)
      uncertainty.speedDeviation = Dispersion.medianAbsoluteDeviation(speeds)
    }

    /// The queries per second of readers that are always busy: their number divided by the mean time of a search.
    private static func queriesPerSecond(_ searches: ArraySlice<IngestReaders.Search>, readers: Int) -> Double {
      let total = searches.reduce(0) { $0 + Double($1.nanoseconds) }
      return total > 0 ? Double(readers * searches.count) * 1e9 / total : 0
    }

    /// The 95 % confidence interval of a percentile, from order statistics.
    ///
    /// Source: Conover, "Practical Nonparametric Statistics", 1999, section 3.2.
    private static func interval(ofPercentile percent: Double, ofSorted sorted: [Double]) -> Interval {
      let (count, share) = (Double(sorted.count), percent / 100)
      let half = 1.96 * (count * share * (1 - share)).squareRoot()
      func value(_ rank: Double) -> Double { sorted[min(max(Int(rank), 0), sorted.count - 1)] }
      let position = share * (count - 1)
      return Interval(low: value((position - half).rounded(.down)), high: value((position + half).rounded(.up)))
    }
  }
}
