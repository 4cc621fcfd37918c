import Foundation
import VectorCore

/// The checks of a preflight under way.
struct PreflightRun {
  private let options: Preflight.Options
  private let progress: (Preflight.Check) -> Void
  private var findings: [Preflight.Finding] = []
  /// Why checks without a finding were not made; nil where they have no meaning.
  private var skipReason: String?

  init(options: Preflight.Options, progress: @escaping (Preflight.Check) -> Void) {
    self.options = options
    self.progress = progress
  }

  /// A finding for every check that has a meaning, in their order.
  func finish() -> [Preflight.Finding] {
    Preflight.Check.allCases.compactMap { check in
      findings.first { $0.check == check }
        ?? skipReason.map { Preflight.Finding(check: check, verdict: .skipped, detail: $0) }
    }
  }

  private mutating func note(_ check: Preflight.Check, _ verdict: Preflight.Verdict, _ detail: String) {
    note(Preflight.Finding(check: check, verdict: verdict, detail: detail))
  }

  private mutating func note(_ finding: Preflight.Finding) { findings.append(finding) }

  /// Checks a whole dataset.
  mutating func check(_ stored: StoredDataset) throws(DatasetError) {
    let others = [stored.truth?.neighbors, stored.truth?.distances, stored.learn].compactMap { $0 }
    let metadata = try stored.metadata.map { (metadata) throws(DatasetError) in
      "metadata \(try DatasetMetadata(metadata).summary())"
    }
    noteShapes([stored.train, stored.test] + others, [stored.metric.rawValue] + [metadata].compactMap { $0 })
    guard let (train, test) = try checkVectors(of: stored.train, queries: stored.test), let test else { return }
    skipReason = "no true neighbours are stated"
    let vectors = Dataset(
      name: stored.name, path: stored.path, metric: stored.metric, train: train, test: test,
      groundTruth: .none)
    progress(.likeness)
    note(DatasetProfile(vectors).likeness)
    if let truth = stored.truth { try check(truth, of: stored, train: train, test: test) }
  }
}

extension PreflightRun {
  /// Checks a single table.
  mutating func check(_ table: any StoredTable) throws(DatasetError) {
    noteShapes([table])
    try checkVectors(of: table, queries: nil)
  }

  /// Checks a sparse matrix: where its rows start, its columns, and that its values are numbers.
  mutating func check(_ matrix: SparseMatrix) throws(DatasetError) {
    note(.shapes, .passed, "sparse \(matrix.rows) × \(matrix.columns), \(matrix.elements) stored")
    progress(.finite)
    _ = try matrix.tags()
    if let place = matrix.firstNotFinite {
      note(.finite, .failed, "stored element \(place) is not a finite number")
    } else {
      note(.finite, .passed, "no NaN, no infinity")
    }
  }

  private mutating func noteShapes(_ tables: [any StoredTable], _ others: [String] = []) {
    let shapes = tables.map { "\($0.part) \($0.rows) × \($0.columns) \($0.elementType.rawValue)" }
    note(.shapes, .passed, (shapes + others).joined(separator: ", "))
  }
}

// MARK: - Vectors

extension PreflightRun {
  /// Checks what is to be indexed and, unless it is a table of its own, the queries.
  ///
  /// - Returns: nil when not all are numbers, so that there is nothing more to compute with.
  @discardableResult
  private mutating func checkVectors(
    of train: any StoredTable, queries test: (any StoredTable)?
  ) throws(DatasetError) -> (train: Matrix, test: Matrix?)? {
    progress(.finite)
    let rows: Matrix
    let queries: Matrix?
    do throws(DatasetError) {
      queries = try test?.matrix(rows: .max)
      rows = try train.matrix(rows: .max)
    } catch {
      guard case .notFinite = error else { throw error }
      note(.finite, .failed, "\(error); no distance to it is defined: k-nn and recall_ids of any index are wrong")
      if test != nil { skipReason = "needs finite vectors" }
      return nil
    }
    note(.finite, .passed, "no NaN, no infinity")
    note(Preflight.finding(WrappedIntegers(rows)))
    progress(.duplicates)
    let census = VectorCensus(rows)
    noteZeros(census, queries)
    if let (row, original) = census.firstDuplicate {
      note(
        .duplicates, .noted,
        "\(census.duplicates) of \(rows.rows) repeat another, first row \(row) that is row "
          + "\(original): recall_ids can miss among them, k-nn does not")
    } else {
      note(.duplicates, .passed, "none")
    }
    if let queries { noteLeaks(census, queries) }
    return (rows, queries)
  }

  private mutating func noteZeros(_ census: VectorCensus, _ queries: Matrix?) {
    let zeroQueries = queries.map { VectorCensus($0).zeros } ?? 0
    guard census.zeros + zeroQueries > 0 else { return note(.zeros, .passed, "none") }
    let first = census.firstZero.map { ", first row \($0)" } ?? ""
    note(.zeros, .noted, "\(census.zeros) in train\(first), \(zeroQueries) in test; they have no direction")
  }

  private mutating func noteLeaks(_ census: VectorCensus, _ queries: Matrix) {
    let found = (0..<queries.rows).filter { census.row(equalTo: queries[row: $0]) != nil }
    note(Preflight.finding(storedQueries: found.count, first: found.first, of: queries.rows))
  }
}

// MARK: - Ground truth

extension PreflightRun {
  private mutating func check(
    _ truth: StoredTruth, of stored: StoredDataset, train: Matrix, test: Matrix
  ) throws(DatasetError) {
    progress(.ids)
    let ids = try truth.neighbors.integers(rows: .max)
    let statedDistances = try truth.distances?.floats(rows: .max)
    func dataset(_ distances: [Float]) -> Dataset {
      Dataset(
        name: stored.name, path: stored.path, metric: stored.metric, train: train, test: test,
        groundTruth: GroundTruth(depth: truth.neighbors.columns, neighbors: ids, distances: distances))
    }
    let stated = dataset(statedDistances ?? [])
    let used = truth.statesOwnDistances ? stated.groundTruth : dataset([]).groundTruth
    do throws(DatasetError) {
      try used.checkValues(trainRows: train.rows, path: stored.path)
    } catch {
      note(.ids, .failed, "\(error); nothing can find that: k-nn and recall_ids are too low")
      skipReason = "needs ids in range and finite distances"
      return
    }
    note(.ids, .passed, "0…\(train.rows - 1)")
    checkDistances(stated, areOwn: truth.statesOwnDistances)
    let judged =
      if let statedDistances, truth.statesOwnDistances {
        dataset(statedDistances)
      } else {
        dataset(
          try StoredDataset.distances(of: ids, depth: truth.neighbors.columns, metric: stored.metric, queries: test) {
            train[rows: $0..<$0 + 1]
          })
      }
    checkPlaces(judged)
    noteTies(judged.groundTruth)
    progress(.contrast)
    note(DatasetProfile(judged).contrastFinding)
    checkSample(judged)
  }

  /// Holds stated distances against the vectors, and says how they are meant where they differ.
  private mutating func checkDistances(_ stated: Dataset, areOwn: Bool) {
    guard !stated.groundTruth.distances.isEmpty else {
      return note(.distances, .skipped, "none are stated; they are computed from the vectors")
    }
    progress(.distances)
    let check = NeighborCheck(stated, standard: .recall)
    let queries = Array(0..<stated.test.rows)
    let faults = NeighborCheck.faults(among: queries, threads: options.threads, check.wrongDistance)
    let wrong = queries.filter { faults[$0] != nil }
    guard let first = wrong.first, let fault = faults[first] else {
      return note(.distances, .passed, "those of \(stated.metric.rawValue)")
    }
    let explanation = TruthExplanation.explaining(stated, queries: Array(wrong.prefix(16)))
    let what =
      "\(wrong.count) of \(queries.count) queries, first query \(first): \(fault); "
      + (explanation.map { "\($0)" } ?? "no known definition explains them")
    if areOwn {
      note(.distances, .failed, "\(what); \(effect(of: stated))")
    } else {
      note(.distances, .noted, "\(what); not used: distances are computed from the vectors")
    }
  }

  /// What recall an exact index would be given by stated distances.
  private func effect(of stated: Dataset) -> String {
    let truth = stated.groundTruth
    let k = min(options.k, truth.depth)
    var (hits, places) = (0, 0)
    for query in 0..<stated.test.rows {
      let first = truth.places(of: query).lowerBound
      let rows = truth.neighbors[first..<first + k].filter { $0 >= 0 }.map { Int($0) }
      guard !rows.isEmpty else { continue }
      let threshold = Double(truth.distances[first + rows.count - 1]) + 1e-3
      places += rows.count
      hits += rows.count { row in
        stated.metric.referenceDistance(stated.test[row: query], stated.train[row: row]) <= threshold
      }
    }
    let score = Double(hits) / Double(max(places, 1))
    return score < 1
      ? "an exact index would score k-nn \(String(format: "%.3f", score)) at k = \(k)"
      : "rows that are no neighbours count as found: k-nn is too high"
  }

  /// Checks where neighbours stand, for every query.
  private mutating func checkPlaces(_ dataset: Dataset) {
    let check = NeighborCheck(dataset, standard: .recall)
    let queries = Array(0..<dataset.test.rows)
    let short = queries.count { dataset.groundTruth.neighbors[dataset.groundTruth.places(of: $0)].contains(-1) }
    let unjudged = dataset.unjudgedQueries
    judge(
      .gaps, queries, falsifies: "k-nn and recall_ids judge such queries by too few neighbours",
      else: unjudged == queries.count
        ? (.failed, "no query has a neighbour to judge by: there would be no figure of quality")
        : short + unjudged == 0
          ? (.passed, "none")
          : (
            .noted,
            "\(short) of \(queries.count) queries have fewer than \(dataset.groundTruth.depth); \(unjudged) have none, or "
              + "no direction, and are not judged"
          )
    ) { check.gap(of: $0) }
    judge(
      .repetitions, queries, falsifies: "k-nn and recall_ids judge by fewer than k neighbours",
      else: (.passed, "none"), check.repetition)
    judge(
      .order, queries, falsifies: "the k-th is not the k-th nearest: k-nn, epsilon and rel take a wrong threshold",
      else: (.passed, "for all queries"), in: dataset, check.misplacement)
  }

  private mutating func checkSample(_ dataset: Dataset) {
    let check = NeighborCheck(dataset, standard: .recall)
    var random = SeededGenerator(seed: options.seed)
    let sample = random.sample(min(options.sample, dataset.test.rows), below: dataset.test.rows)
    judge(
      .truth, sample, falsifies: "nearer rows are missing: k-nn is too high, recall_ids too low",
      else: (.passed, "no nearer row for \(sample.count) queries (seed \(options.seed))"), in: dataset, check.omission)
  }

  /// Looks at every query, and notes how many have a fault.
  ///
  /// - Parameter dataset: in which an explanation is looked for; `nil` where none is needed.
  private mutating func judge(
    _ check: Preflight.Check, _ queries: [Int], falsifies: String, else sound: (Preflight.Verdict, String),
    in dataset: Dataset? = nil, _ look: @Sendable (Int) -> NeighborFault?
  ) {
    progress(check)
    let faults = NeighborCheck.faults(among: queries, threads: options.threads, look)
    guard let first = faults.firstIndex(where: { $0 != nil }), let fault = faults[first] else {
      return note(check, sound.0, sound.1)
    }
    let wrong = queries.indices.filter { faults[$0] != nil }.map { queries[$0] }
    let explanation = dataset.flatMap { TruthExplanation.explaining($0, queries: Array(wrong.prefix(16))) }
    note(
      check, .failed,
      "\(wrong.count) of \(queries.count) queries, first query \(queries[first]): \(fault)"
        + "\(explanation.map { " (\($0))" } ?? ""); \(falsifies)")
  }

  private mutating func noteTies(_ truth: GroundTruth) {
    let k = options.k
    guard k < truth.depth else {
      return note(.ties, .skipped, "needs more than \(k) neighbours a query; there are \(truth.depth)")
    }
    let ties = (0..<truth.queries).count { query in
      let next = truth.places(of: query).lowerBound + k
      return truth.neighbors[next] >= 0 && truth.distances[next - 1] == truth.distances[next]
    }
    guard ties > 0 else { return note(.ties, .passed, "none at k = \(k)") }
    note(
      .ties, .noted,
      "\(ties) of \(truth.queries) queries have equals in places \(k) and \(k + 1): recall_ids can miss "
        + "there, k-nn does not")
  }
}
