import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Measures one cell of a load: a warm-up, and rounds in which requests arrive at a rate.
struct LoadWorkload {
  let planned: PlannedCell
  let point: LoadPoint
  let dataset: Dataset
  let target: LoadTarget
  private var results: [LoadRound.Result] = []
  private var activities: [MachineActivity] = []
  private var warmUp = CellMeasurement.WarmUp(queries: 0, seconds: 0)

  init(_ planned: PlannedCell, at point: LoadPoint, over dataset: Dataset, _ target: LoadTarget) {
    self.planned = planned
    self.point = point
    self.dataset = dataset
    self.target = target
  }

  /// Sets the search parameters, answers queries untimed, and runs one round.
  ///
  /// - Parameter number: the number of the round, from 1, on which the schedule depends.
  /// - Throws: `BenchError.index` when a request failed.
  mutating func run(_ number: Int) throws(BenchError) {
    let options = planned.options
    let parameters = SearchParameters(planned.cell.search, metric: dataset.metric)
    do throws(IndexError) {
      let session = SearchSession(
        index: target.searched, queries: dataset.test, k: options.k, parameters: parameters, mode: .single,
        threads: options.threads)
      try session.prepare()
      let warmed = try session.warmUp(isFirst: number == 1)
      warmUp.queries += warmed.queries
      warmUp.seconds += warmed.seconds
      let round = LoadRound(
        target: target, queries: dataset.test, k: options.k, parameters: parameters, point: point)
      let before = MachineReading()
      results.append(try round.run(clients: options.threads, seed: options.seed &+ UInt64(number)))
      activities.append(MachineReading().since(before))
    } catch {
      throw .index(label: planned.cell.label, error)
    }
  }

  /// The measurement that results from the rounds; its times are those of the round with the median 99th percentile.
  ///
  /// - Throws: `BenchError.dataset` when the dataset has too few true neighbours.
  func measurement(
    of built: Runner.BuiltIndex, as identity: Runner.Identity
  ) throws(BenchError) -> CellMeasurement {
    let times = results.map { $0.milliseconds(.search) }
    let rounds = results.indices.map { place in
      RoundFigures(
        queriesPerSecond: results[place].rate, p99Milliseconds: Self.percentile(99, of: times[place]),
        seconds: Double(results[place].nanoseconds) / 1e9, activity: activities[place])
    }
    let reported = results.indices.sorted {
      (rounds[$0].p99Milliseconds, $0) < (rounds[$1].p99Milliseconds, $1)
    }[(results.count - 1) / 2]
    let (result, sorted, speeds) = (results[reported], times[reported], rounds.map(\.queriesPerSecond))
    let (quality, recalls) = try judged(result)
    let known = recalls.filter { !$0.isNaN }
    let searches = result.kinds.count { $0 == .search }
    return CellMeasurement(
      variant: identity.variant, cell: planned.cell, options: planned.options, dataset: DatasetShape(dataset),
      datasetSHA256: identity.datasetSHA256, build: built.cost,
      speed: CellMeasurement.Speed(
        queriesPerSecond: speeds[reported], slowestQueriesPerSecond: speeds.min() ?? 0,
        fastestQueriesPerSecond: speeds.max() ?? 0, p50Milliseconds: Self.percentile(50, of: sorted),
        p95Milliseconds: Self.percentile(95, of: sorted), p99Milliseconds: Self.percentile(99, of: sorted),
        p999Milliseconds: Self.percentile(99.9, of: sorted),
        distanceComputations: Double(result.answers.distanceComputations) / Double(max(recalls.count, 1)),
        candidates: Double(result.answers.rows.count { $0 >= 0 }) / Double(max(recalls.count, 1))),
      quality: quality,
      uncertainty: CellMeasurement.Uncertainty(
        recall: known.isEmpty ? .unknown : Bootstrap.interval(ofMean: known),
        queriesPerSecond: Bootstrap.interval(ofMean: speeds),
        p99Milliseconds: Bootstrap.interval(ofMean: rounds.map(\.p99Milliseconds)),
        speedDeviation: Dispersion.medianAbsoluteDeviation(speeds), unstableQueries: 0),
      rounds: rounds, warmUp: warmUp,
      noise: NoiseWarning.warnings(for: rounds, together: MachineActivity(), threads: planned.options.threads),
      peakBytes: ProcessMemory.peakBytes(), provenance: identity.provenance, timestamp: Date(),
      workload: WorkloadFigures(
        searches: WorkloadFigures.Searches(count: searches, judged: min(known.count, searches)),
        writes: writes(result), removals: removals(result),
        load: WorkloadFigures.Load(
          requests: result.latencies.count, unanswered: result.unanswered,
          p9999Milliseconds: Self.percentile(99.99, of: sorted), maximumMilliseconds: sorted.last ?? 0)),
      origin: (built.index as? any ForeignIndex)?.origin)
  }

  /// The quality of the answers, and each answered query's recall. It is not known when the stored vectors change
  /// meanwhile: nobody can tell which of them a search saw.
  private func judged(_ result: LoadRound.Result) throws(BenchError) -> (quality: Quality, recalls: [Double]) {
    let k = planned.options.k
    let answered = result.isAnswered.indices.filter { result.isAnswered[$0] }
    do throws(DatasetError) { try dataset.groundTruth.check(k: k) } catch {
      throw .dataset(name: dataset.name, error)
    }
    let judged = dataset.withQueries(answered)
    guard point.mix == nil, judged.unjudgedQueries < answered.count else {
      return (
        .unknown(unjudged: point.mix == nil ? answered.count : 0), Array(repeating: .nan, count: answered.count)
      )
    }
    let rows = result.answers.rows
    let answers = JudgedAnswers(rows: answered.flatMap { rows[$0 * k..<($0 + 1) * k] }, k: k, of: judged)
    var recalls: [Double] = []
    let quality = Quality(answers, of: judged, recalls: &recalls)
    return (quality, recalls)
  }

  private func writes(_ result: LoadRound.Result) -> WorkloadFigures.Writes? {
    let times = result.milliseconds(.insert)
    guard !times.isEmpty else { return nil }
    return WorkloadFigures.Writes(
      vectors: times.count, seconds: Double(result.nanoseconds) / 1e9, p50Milliseconds: Self.percentile(50, of: times),
      p99Milliseconds: Self.percentile(99, of: times), freezes: 0, flushes: 0)
  }

  private func removals(_ result: LoadRound.Result) -> WorkloadFigures.Removals? {
    let count = result.kinds.count { $0 == .remove }
    return count > 0 ? WorkloadFigures.Removals(vectors: count, seconds: Double(result.nanoseconds) / 1e9) : nil
  }

  /// A percentile of sorted values; 0 when there are none.
  private static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
    sorted.isEmpty ? 0 : Bench.percentile(percent, ofSorted: sorted)
  }
}
