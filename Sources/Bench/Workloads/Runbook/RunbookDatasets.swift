import Datasets
import Files
import VectorCore

/// What is stored at the steps of a runbook, and the true neighbours among it; the steps are visited in order.
struct RunbookDatasets {
  /// The rows that are stored at a step.
  struct Stored {
    /// The stored vectors by ascending tag, and the queries with their true neighbours among them.
    var dataset: Dataset
    /// The tag of each row of `dataset`, ascending.
    var tags: [Int]
    /// The row of each tag in `dataset`; the largest number for a tag that is not stored.
    var places: [Int32]
  }

  /// The files of the true neighbours at the steps.
  struct StepFiles {
    /// The workload's name, for the names of files.
    let title: String
    /// The dataset as the sweep describes it.
    let about: SweepDataset
    let files: TruthFiles

    /// The version of the true neighbours, for the names of files.
    private static let version = 2

    /// The path of a step's file below the folders.
    ///
    /// - Parameters:
    ///   - state: the digest of what has been stored.
    ///   - queries: the number of queries.
    func path(state: String, queries: Int, k: Int) -> String {
      let shape = about.shape
      let digest = SHA256.of(
        "\(title) \(Self.version) \(about.sha256) \(shape.metric.rawValue) \(shape.trainSize) \(queries) \(k) \(state)")
      return "\(SweepDataset.truthFolder)/\(PathComponent.of(shape.name))-\(title)-\(digest.prefix(12)).ibin"
    }
  }

  let runbook: Runbook
  /// All vectors; a step's rows are rows of it.
  let vectors: Matrix
  private let dataset: Dataset
  private let files: StepFiles?
  private let threads: Int
  private var content: Runbook.Content
  /// The number of steps that `content` includes.
  private var done = 0
  /// The digest of what has been stored.
  private var state = ""

  /// - Parameters:
  ///   - runbook: one that `Runbook.check` accepts.
  ///   - order: the rows of the dataset in the order in which the runbook counts them; `nil` for their own.
  ///   - dataset: `train`, `test` and the metric; the ground truth is not used.
  ///   - files: where true neighbours are looked for and kept; `nil` to compute them always.
  init(
    _ runbook: Runbook, order: [Int]? = nil, of dataset: Dataset, files: StepFiles?, threads: Int
  ) {
    self.runbook = runbook
    self.dataset = dataset
    vectors = order.map { dataset.train.gathering($0, threads: threads) } ?? dataset.train
    self.files = files
    self.threads = threads
    content = Runbook.Content(datasetRows: dataset.train.rows)
  }

  /// The stored rows at a step, counted from 1, and the queries with their true neighbours among them.
  ///
  /// - Parameter k: the number of neighbours per query, at most the number of stored rows.
  /// - Throws: `BenchError`, as `GroundTruthSearch` does, and for a file of true neighbours that cannot be read or
  ///   written.
  /// - Complexity: O(q·n·d) for n stored rows; less when the true neighbours have been kept.
  mutating func stored(at step: Int, k: Int) throws(BenchError) -> Stored {
    var stored = try withoutTruth(at: step)
    let unjudged = stored.dataset
    func truth() throws(BenchError) -> GroundTruth {
      try GroundTruthSearch(unjudged, k: k, threads: threads).run().groundTruth
    }
    if let files {
      let file = files.path(state: state, queries: dataset.test.rows, k: k)
      stored.dataset = try files.files.judged(unjudged, byFile: file, depth: k, computing: truth)
    } else {
      let truth = try truth()
      do throws(DatasetError) {
        stored.dataset = try unjudged.judged(by: truth.neighbors, depth: truth.depth)
      } catch { throw .dataset(name: dataset.name, error) }
    }
    return stored
  }

  /// The stored rows at a step.
  private mutating func withoutTruth(at step: Int) throws(BenchError) -> Stored {
    if step < done {
      content = Runbook.Content(datasetRows: dataset.train.rows)
      (done, state) = (0, "")
    }
    for step in runbook.steps[done..<step] where step != .search {
      do throws(Runbook.WrongTag) { try content.apply(step) } catch {
        preconditionFailure("the runbook was checked, but tag \(error.tag) is wrong")
      }
      state = SHA256.of("\(state) \(step)")
    }
    done = step
    let tags = content.tags
    let rows = tags.map { Int(content.rows[$0]) }
    var places = [Int32](repeating: .max, count: content.rows.count)
    for (place, tag) in tags.enumerated() { places[tag] = Int32(place) }
    // The first rows are there without a copy.
    let isPrefix = rows.indices.allSatisfy { rows[$0] == $0 }
    return Stored(
      dataset: Dataset(
        name: dataset.name, path: dataset.path, metric: dataset.metric,
        train: isPrefix ? vectors[rows: 0..<rows.count] : vectors.gathering(rows, threads: threads),
        test: dataset.test, groundTruth: .none),
      tags: tags, places: places)
  }
}

extension RunbookDatasets {
  /// What is stored at the steps of a `drift`, whose rows come in the order of `DriftOrder`.
  ///
  /// - Complexity: O(n·d) times the number of clusters of `DriftOrder`.
  static func drift(_ dataset: Dataset, files: StepFiles, threads: Int) -> RunbookDatasets {
    RunbookDatasets(
      .drift(rows: dataset.train.rows), order: DriftOrder.rows(of: dataset.train, threads: threads), of: dataset,
      files: files, threads: threads)
  }
}
