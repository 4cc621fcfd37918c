import Datasets
import Foundation
import VectorIndexes

/// The rounds of one cell, interleaved with those of other cells.
struct CellSession {
  private let planned: PlannedCell
  private let session: SearchSession
  /// The error after which no more rounds are run.
  private(set) var failure: BenchError?
  private var rounds: [FinishedRound] = []
  private var warmUp = CellMeasurement.WarmUp(queries: 0, seconds: 0)
  /// A copy of the queries, when another library reads them in this process.
  private let original: [Float]
  /// The row of each id; `nil` when row i has id i.
  private let numbers: [Int32]?
  /// The number of rows that answers may name, when it is not that of the index.
  private let trainRows: Int?

  private struct FinishedRound {
    let nanoseconds: [UInt64]
    let wallNanoseconds: UInt64
    let distanceComputations: Int
    /// The returned rows, k per query. The array shares its memory with that of the round before when all answers are
    /// equal, as is usual.
    let rows: [Int32]
    let activity: MachineActivity
  }

  /// - Parameters:
  ///   - filters: the filter of each query; `nil` for searches without one.
  ///   - numbers: the row of each id; `nil` when row i has id i.
  ///   - original: a copy of the queries, when another library reads them in this process.
  init(
    _ planned: PlannedCell, of index: any VectorIndex, over dataset: Dataset, filters: QueryFilters? = nil,
    numbers: [Int32]? = nil,
    original: [Float] = []
  ) {
    self.original = original
    self.numbers = numbers
    trainRows = numbers == nil ? nil : dataset.train.rows
    self.planned = planned
    let options = planned.options
    precondition(options.rounds > 0 && options.threads > 0)
    session = SearchSession(
      index: index, queries: dataset.test, k: options.k,
      parameters: SearchParameters(planned.cell.search, metric: dataset.metric), mode: options.mode,
      threads: options.threads, filters: filters)
    do throws(DatasetError) {
      try dataset.groundTruth.check(k: options.k)
    } catch {
      failure = .dataset(name: dataset.name, error)
    }
    // This project's indexes prepare themselves in each search; other libraries expect this call.
    guard index is any ForeignIndex else { return }
    do throws(IndexError) { try dataset.test.check(dimension: index.dimension) } catch {
      failure = .index(label: planned.cell.label, error)
    }
  }

  /// The activity of the machine during the timed rounds.
  var activity: MachineActivity { rounds.reduce(into: MachineActivity()) { $0.add($1.activity) } }

  /// Warms up, then runs one timed round.
  ///
  /// - Parameters:
  ///   - inSlices: whether the round is divided into slices, see `SearchSession.round`.
  ///   - pause: is called between slices of the round; what happens in the meantime does not count.
  mutating func run(_ number: Int, inSlices: Bool = false, pause: () -> Void = {}) {
    do throws(IndexError) {
      try session.prepare()
      let warmed = try session.warmUp(isFirst: number == 1)
      warmUp.queries += warmed.queries
      warmUp.seconds += warmed.seconds
      let before = MachineReading(helper: helper)
      var elsewhere = MachineActivity()
      let round = try session.round(number, inSlices: inSlices) {
        let left = MachineReading()
        pause()
        elsewhere.add(MachineReading().since(left))
      }
      var activity = MachineReading(helper: helper).since(before)
      activity.subtract(elsewhere)
      let rows = numbers.map { Self.rows(round.rows, numbers: $0) } ?? round.rows
      failure = fault(of: rows)
      rounds.append(
        FinishedRound(
          nanoseconds: round.nanoseconds, wallNanoseconds: round.wallNanoseconds,
          distanceComputations: round.distanceComputations,
          rows: rounds.last.flatMap { $0.rows == rows ? $0.rows : nil } ?? rows, activity: activity))
    } catch {
      failure = .index(label: planned.cell.label, error)
    }
  }

  /// The rows of some ids, −1 in missing places as in `Round.rows`; the largest number for ids that are not stored.
  private static func rows(_ ids: [Int32], numbers: [Int32]) -> [Int32] {
    ids.map { id in id < 0 ? id : Int(id) < numbers.count ? numbers[Int(id)] : .max }
  }

  /// The process that searches on behalf of this one, for an index of another library in its own process.
  private var helper: Int32? { (session.index as? any SelfTimingIndex)?.processIdentifier }

  /// Whether an index that finds nothing must be wrong: with a filter, the lists that a library looks at may have no match.
  private var mustFind: Bool { if case .filtered = planned.options.stage { false } else { true } }

  /// The measurement that results from the rounds.
  ///
  /// - Parameter together: the activity of the machine during the rounds of all cells.
  func result(
    of built: Runner.BuiltIndex, over dataset: Dataset, as identity: Runner.Identity, together: MachineActivity
  ) -> Result<Runner.Result, BenchError> {
    if let failure { return .failure(failure) }
    let options = planned.options
    let nanoseconds = rounds.map(\.nanoseconds)
    let wallNanoseconds = rounds.map(\.wallNanoseconds)
    let reported = RawRounds.medianRound(
      RawRounds.speeds(nanoseconds: nanoseconds, wallNanoseconds: wallNanoseconds, options: options))
    if session.index is any ForeignIndex, mustFind, rounds[reported].rows.allSatisfy({ $0 < 0 }) {
      return .failure(.noAnswers(label: planned.cell.label))
    }
    let answers = JudgedAnswers(rows: rounds[reported].rows, k: options.k, of: dataset)
    let origin: SubjectOrigin?
    do throws(BenchError) { origin = try self.origin } catch { return .failure(error) }
    var raw = RawRounds(
      k: options.k, nanoseconds: nanoseconds, wallNanoseconds: wallNanoseconds,
      distanceComputations: rounds.map(\.distanceComputations), rows: answers.rows, distances: answers.distances)
    let figures = CellMeasurement.Figures(raw, options: options, dataset: dataset)
    raw.recalls = figures.recalls
    raw.dimensionalities = figures.difficulty.dimensionalities
    raw.contrasts = figures.difficulty.contrasts
    let roundFigures = zip(figures.rounds, rounds).map { figures, round in
      RoundFigures(
        queriesPerSecond: figures.queriesPerSecond, p99Milliseconds: figures.p99Milliseconds,
        seconds: figures.seconds, activity: round.activity)
    }
    let measurement = CellMeasurement(
      variant: identity.variant, cell: planned.cell, options: options,
      dataset: DatasetShape(dataset), datasetSHA256: identity.datasetSHA256, build: built.cost,
      speed: figures.speed, quality: figures.quality,
      uncertainty: CellMeasurement.Uncertainty(
        recall: figures.recall, queriesPerSecond: figures.queriesPerSecond,
        p99Milliseconds: figures.p99Milliseconds, speedDeviation: figures.speedDeviation,
        unstableQueries: unstableQueries),
      rounds: roundFigures, warmUp: warmUp,
      noise: NoiseWarning.warnings(for: roundFigures, together: together, threads: options.threads),
      peakBytes: ProcessMemory.peakBytes(helper: helper), provenance: identity.provenance, timestamp: Date(),
      origin: origin)
    return .success(Runner.Result(measurement: measurement, raw: raw))
  }

  /// The fault in one round's answers of another library's index; `nil` when there is none.
  ///
  /// A fault is an id that is returned twice, an id that was never inserted, or a changed query.
  ///
  /// - Complexity: O(q·k + q·d).
  private func fault(of rows: [Int32]) -> BenchError? {
    guard session.index is any ForeignIndex else { return nil }
    if !original.isEmpty, !session.queries.floats.elementsEqual(original) {
      return .changedQueries(label: planned.cell.label)
    }
    let k = planned.options.k
    var seen: Set<Int32> = []
    for (place, row) in rows.enumerated() {
      if place % k == 0 { seen.removeAll(keepingCapacity: true) }
      let verdict = JudgedAnswers.verdict(row, trainRows: trainRows ?? session.index.count, seen: &seen)
      guard verdict == .duplicate || verdict == .outOfRange else { continue }
      return .wrongAnswer(
        label: planned.cell.label, query: place / k, row: row, isDuplicate: verdict == .duplicate)
    }
    return nil
  }

  /// The library that an index of another library comes from.
  private var origin: SubjectOrigin? {
    get throws(BenchError) {
      guard let index = session.index as? any ForeignIndex else { return nil }
      var origin = index.origin
      do throws(IndexError) {
        origin.callOverheadNanoseconds = try (index as? any SelfTimingIndex)?.callOverhead(k: planned.options.k)
      } catch {
        throw .index(label: planned.cell.label, error)
      }
      return origin
    }
  }

  /// The number of queries whose answers differ between rounds.
  ///
  /// - Complexity: O(rounds · q · k).
  private var unstableQueries: Int {
    let k = planned.options.k
    let first = rounds[0].rows
    return (0..<first.count / k).count { query in
      let places = query * k..<(query + 1) * k
      return rounds.dropFirst().contains { $0.rows[places] != first[places] }
    }
  }
}
