import Datasets
import Files
import VectorCore
import VectorSearch

/// The metadata of a dataset's rows, and for each filter of a workload `filtered` the queries with their true
/// neighbours.
///
/// All filters are known from the beginning, so that one exact index, and one measured index, serves all of them.
final class FilteredDatasets {
  /// The queries of one filter.
  struct Judged {
    /// The dataset, with the true neighbours among the rows that match.
    let dataset: Dataset
    let filters: QueryFilters
  }

  /// The version of the true neighbours, for the names of files.
  private static let version = 1

  private let dataset: Dataset
  private let identity: String
  private let files: TruthFiles
  private let threads: Int
  private var made: MadeMetadata?
  private var rows: MetadataRows?
  private var filters: [FilterChoice: Result<QueryFilters, BenchError>] = [:]
  private var search: FilteredTruthSearch?

  /// Finds the rows that each filter accepts.
  ///
  /// - Parameters:
  ///   - vectors: `train`, `test`, the metric and the metadata; the ground truth is not used.
  ///   - about: the same dataset as the sweep describes it.
  ///   - files: where true neighbours are looked for and kept.
  /// - Complexity: O(filters·n), and for made metadata as `MadeMetadata`.
  init(
    _ vectors: Dataset, about: SweepDataset, choices: [FilterChoice], files: TruthFiles, threads: Int
  ) {
    dataset = vectors
    identity = "filtered \(Self.version) \(about.sha256) \(about.shape.metric.rawValue) \(vectors.train.rows)"
    self.files = files
    self.threads = threads
    for choice in choices where filters[choice] == nil {
      do { filters[choice] = .success(try resolved(choice)) } catch let error as FilterError {
        filters[choice] = .failure(.filter(name: dataset.name, error))
      } catch let error as DatasetError {
        filters[choice] = .failure(.dataset(name: dataset.name, error))
      } catch { preconditionFailure("filters fail with errors of metadata: \(error)") }
    }
  }

  /// The metadata of each row, with the fields of all filters. - Complexity: O(n·fields).
  var metadata: [Metadata] {
    (0..<dataset.train.rows).map { row in
      let own = rows?.metadata(of: row) ?? [:]
      return made.map { $0.metadata(of: row).merging(own) { _, own in own } } ?? own
    }
  }

  /// The filters of a choice.
  ///
  /// - Throws: `BenchError.filter` for a filter that the metadata cannot answer, `.dataset` for metadata that cannot be
  ///   read.
  func filters(of choice: FilterChoice) throws(BenchError) -> QueryFilters {
    guard let result = filters[choice] else { preconditionFailure("\(choice) was not announced") }
    return try result.get()
  }

  /// The queries of a filter with their true neighbours.
  ///
  /// - Parameter k: the number of neighbours per query, at most the number of rows.
  /// - Throws: `BenchError`, as `filters(of:)` and `FilteredTruthSearch` do.
  /// - Complexity: O(q·n·d) at most; less when the true neighbours have been kept.
  func judged(_ choice: FilterChoice, k: Int) throws(BenchError) -> Judged {
    let filters = try filters(of: choice)
    let digest = SHA256.of("\(identity) \(dataset.test.rows) \(k) \(filters.digest)")
    let file =
      "\(SweepDataset.truthFolder)/\(PathComponent.of(dataset.name))-filtered-\(digest.prefix(16)).ibin"
    let unjudged = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: dataset.train, test: dataset.test,
      groundTruth: .none)
    let judged = try files.judged(unjudged, byFile: file, depth: k) { () throws(BenchError) in
      let exact: FilteredTruthSearch
      if let search {
        exact = search
      } else {
        exact = try FilteredTruthSearch(dataset, metadata: metadata, threads: threads)
        search = exact
      }
      return try exact.run(filters, k: k)
    }
    return Judged(dataset: judged, filters: filters)
  }

  /// Frees the exact index.
  func finishSearching() { search = nil }

  private func resolved(_ choice: FilterChoice) throws -> QueryFilters {
    let found =
      switch choice {
      case .made(let permille, let correlation):
        madeMetadata().filters(permille: permille, correlation, queries: dataset.test, threads: threads)
      case .condition(let condition):
        try asked([condition], numbers: Array(repeating: 0, count: dataset.test.rows), of: "\(choice)")
      case .ofQueries: try ofQueries()
      }
    guard found.numbers.contains(where: { found.matches[$0].count > 0 }) else {
      throw FilterError.nothingMatches(filter: "\(choice)", path: dataset.metadata?.path ?? dataset.path)
    }
    return found
  }

  private func madeMetadata() -> MadeMetadata {
    let metadata = made ?? MadeMetadata(of: dataset.train, threads: threads)
    made = metadata
    return metadata
  }

  private func ofQueries() throws -> QueryFilters {
    guard let conditions = try dataset.conditions?.read(queries: dataset.test.rows) else {
      throw FilterError.noQueryFilters(path: dataset.path)
    }
    let distinct = conditions.distinct
    let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    return try asked(distinct, numbers: conditions.compactMap { places[$0] }, of: "queries")
  }

  /// The filters of some conditions, and the rows that they accept.
  private func asked(_ conditions: [FilterCondition], numbers: [Int], of text: String) throws -> QueryFilters {
    guard let metadata = dataset.metadata else { throw FilterError.noMetadata(filter: text, path: dataset.path) }
    var rows = try self.rows ?? MetadataRows(metadata, rows: dataset.train.rows)
    let filters = try conditions.map { try rows.filter($0) }
    self.rows = rows
    let fields = (0..<dataset.train.rows).map(rows.metadata)
    let matches = filters.map { filter in
      fields.indices.reduce(into: RowBitmap(rows: fields.count)) { if filter.accepts(fields[$1]) { $0.insert($1) } }
    }
    return QueryFilters(filters, matches: matches, numbers: numbers)
  }
}
