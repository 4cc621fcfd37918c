import Datasets
import VectorCore
import VectorIndexes

/// Finds the true neighbours among the rows that filters accept, with the exact index.
struct FilteredTruthSearch {
  /// The number of queries that are checked against distances in Float64.
  private static let sampleSize = 8

  private let dataset: Dataset
  private let index: FlatIndex
  private let threads: Int

  /// Fills the exact index.
  ///
  /// - Parameters:
  ///   - dataset: `train`, `test` and the metric; the ground truth is not used.
  ///   - metadata: that of each row, with the fields of all filters to come.
  /// - Complexity: O(n·d).
  init(_ dataset: Dataset, metadata: [Metadata], threads: Int) throws(BenchError) {
    self.dataset = dataset
    self.threads = threads
    do throws(IndexError) {
      index = try FlatIndex(dimension: dataset.train.columns, metric: dataset.metric)
      try index.insertBatch(
        ids: Array(0..<UInt64(dataset.train.rows)), vectors: dataset.train, metadata: metadata, onConflict: .fail,
        threads: threads)
    } catch {
      throw .index(label: FlatIndex.declaration.kind, error)
    }
  }

  /// The neighbours of all queries, k each; −1 in the places after the last row that matches.
  ///
  /// - Throws: `BenchError.groundTruthDiffers` when a sampled query's answer differs from that in Float64 among the rows
  ///   that its filter accepts, by more than rounding to Float32 explains.
  /// - Complexity: O(q·n·d) at most.
  func run(_ filters: QueryFilters, k: Int) throws(BenchError) -> GroundTruth {
    let queries = dataset.test
    let parameters: SearchParameters
    do throws(IndexError) {
      parameters = SearchParameters(
        try Parameters(declared: FlatIndex.declaration.search, kind: FlatIndex.declaration.kind))
    } catch { throw .index(label: FlatIndex.declaration.kind, error) }
    // Queries with equal filters follow each other, so that a filter is prepared once.
    let order = (0..<queries.rows).sorted { (filters.numbers[$0], $0) < (filters.numbers[$1], $1) }
    var answers = [Result<NeighborBatch, IndexError>](
      repeating: .success(NeighborBatch(k: k, reserving: 0)), count: queries.rows)
    answers.withUnsafeMutableBufferPointer { answers in
      let answers = Disjoint(answers)
      let chunk = max(1, (queries.rows + 4 * threads - 1) / (4 * threads))
      parallelChunks(of: queries.rows, chunk: chunk, threads: threads, scratch: index.makeScratch()) {
        scratch, _, places in
        var answer = TopK(k: k)
        for query in order[places] {
          answers[query] = .init { () throws(IndexError) in
            try index.search(
              queries[row: query], k: k, parameters: parameters, filter: filters[query], scratch: scratch,
              into: &answer)
            var one = NeighborBatch(k: k, reserving: 1)
            one.append(answer)
            return one
          }
        }
      }
    }
    var together = NeighborBatch(k: k, reserving: queries.rows)
    do throws(IndexError) { for answer in answers { together.append(try answer.get()) } } catch {
      throw .index(label: FlatIndex.declaration.kind, error)
    }
    let truth = GroundTruth(together)
    try check(truth, filters)
    return truth
  }

  private func check(_ truth: GroundTruth, _ filters: QueryFilters) throws(BenchError) {
    var random = SeededGenerator(seed: 0)
    for query in random.sample(min(Self.sampleSize, dataset.test.rows), below: dataset.test.rows) {
      let rows = filters.matches[filters.numbers[query]].rows
      let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { (Int64($1), Int64($0)) })
      let stated = query * truth.depth..<(query + 1) * truth.depth
      let part = Dataset(
        name: dataset.name, path: dataset.path, metric: dataset.metric,
        train: dataset.train.gathering(rows, threads: threads), test: dataset.test[rows: query..<query + 1],
        groundTruth: GroundTruth(
          depth: truth.depth,
          // A row that the filter refuses has no place among those that it accepts.
          neighbors: truth.neighbors[stated].map { $0 < 0 ? -1 : places[$0] ?? Int64(rows.count) },
          distances: Array(truth.distances[stated])))
      if let place = part.groundTruth.neighbors.firstIndex(where: { $0 >= rows.count }) {
        throw .groundTruthDiffers(
          name: dataset.name, query: query, problem: "place \(place) is a row that the filter refuses")
      }
      guard !rows.isEmpty else { continue }
      if let fault = NeighborCheck(part, standard: .exact).fault(of: 0) {
        throw .groundTruthDiffers(name: dataset.name, query: query, problem: "\(fault)")
      }
    }
  }
}
