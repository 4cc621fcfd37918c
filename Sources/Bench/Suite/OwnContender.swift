import Datasets
import VectorCore
import VectorIndexes

/// This project's indexes as a side of the suite; each measured as `recallbench run` measures it.
final class OwnContender: Contender {
  /// Queries answered before the clock starts, as many as the peer's.
  private static let warmUpQueries = 50

  private let runner: Runner
  private let options: RunOptions
  private var variants: [SuiteKind: IndexVariant] = [:]
  private let leastSeconds: Double
  private var indexes: [SuiteKind: any VectorIndex] = [:]

  init(_ dataset: Dataset, options: SuiteOptions, nlist: Int) throws(BenchError) {
    var run = RunOptions()
    run.k = options.k
    run.buildThreads = options.buildThreads
    leastSeconds = options.leastSeconds
    do throws(DatasetError) {
      try dataset.groundTruth.check(k: options.k)
    } catch {
      throw .dataset(name: dataset.name, error)
    }
    runner = Runner(dataset: dataset)
    self.options = run
    do throws(IndexError) {
      let clusters = Setting("nlist", [String(nlist)])
      let kinds: [(SuiteKind, any DeclaredIndex.Type, [Setting])] = [
        (.flat, FlatIndex.self, []), (.ivfFlat, IVFFlatIndex.self, [clusters]),
        (.ivfPQ, IVFPQIndex.self, [clusters]), (.ivfPQSpill, IVFPQIndex.self, [clusters, Setting("spill", ["on"])]),
      ]
      for (kind, type, settings) in kinds {
        variants[kind] = try IndexVariant.variants(of: [Subject(type)], settings: settings).first
      }
    } catch {
      throw .index(label: "nlist=\(nlist)", error)
    }
  }

  func build(_ kind: SuiteKind) throws(BenchError) -> Double {
    indexes[kind] = nil
    guard let variant = variants[kind] else { preconditionFailure("\(kind) is not of the suite") }
    let built = try runner.build(variant.subject, variant.builds[0], options: options)
    indexes[kind] = built.index
    return built.cost.seconds
  }

  func search(_ search: SuiteSearch) throws(BenchError) -> Double {
    _ = try round(search, queries: min(Self.warmUpQueries, search.queries))
    var (passes, seconds) = (0, 0.0)
    while passes == 0 || seconds < leastSeconds {
      let round = try round(search, queries: search.queries)
      seconds += Double(search.queries) / round.queriesPerSecond(mode: search.mode, threads: 1)
      passes += 1
    }
    return Double(passes * search.queries) / seconds
  }

  func answers(_ search: SuiteSearch) throws(BenchError) -> [[Int64]] {
    let round = try round(search, queries: search.queries)
    return (0..<round.queries).map { query in round.answer(query).map { Int64(clamping: $0) } }
  }

  private func round(_ search: SuiteSearch, queries: Int) throws(BenchError) -> Round {
    guard let index = indexes[search.kind] else { preconditionFailure("\(search.kind) is not built") }
    do throws(IndexError) {
      let settings = ["nprobe": search.nprobe, "refine": search.refine].compactMapValues { $0.map { String($0) } }
      let declaration = index.declaration
      let parameters = try Parameters(settings, declared: declaration.search, kind: declaration.kind)
      let session = SearchSession(
        index: index, queries: runner.dataset.test[rows: 0..<queries], k: options.k,
        parameters: SearchParameters(parameters, metric: runner.dataset.metric), mode: search.mode, threads: 1)
      return try session.round()
    } catch {
      throw .index(label: search.label, error)
    }
  }
}
