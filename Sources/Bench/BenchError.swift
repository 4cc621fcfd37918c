import Datasets
import Files
import VectorIndexes

/// The reason why a sweep or one of its cells stopped.
public enum BenchError: Error, Equatable, Sendable {
  /// The dataset states fewer true neighbours than the requested k.
  case dataset(name: String, DatasetError)
  /// Vectors cannot be inserted into this kind of index.
  case notMutable(kind: String)
  /// An index refused to build or to search.
  case index(label: String, IndexError)
  /// The index lives in memory, so that it cannot be kept or opened.
  case notInFile(label: String)
  /// No kept build has these parameters, this seed and this data.
  case noKeptIndex(label: String, path: String)
  /// A build could not be moved to the folder in which it should be kept.
  case notKept(label: String, path: String, reason: String)
  /// This kind of index cannot be searched while it is written to.
  case notWrittenWhileSearched(kind: String)
  /// An index that is called in Python answers one client at a time.
  case oneClient(kind: String)
  /// The vectors of this index cannot be inserted step by step and removed.
  case onlySearched(kind: String)
  /// Searches of this kind of index take no filter.
  case notFiltered(kind: String)
  /// The filter of a cell cannot be asked of the dataset.
  case filter(name: String, FilterError)
  /// A round of a load would have more requests than are kept in memory.
  case tooManyRequests(rate: Int, seconds: Double, most: Int)
  /// The runbook does not suit the dataset.
  case runbook(RunbookError)
  /// The dataset has too few rows after those of the base for the workload to write.
  case tooFewRowsToWrite(name: String, rows: Int, baseRows: Int, needed: Int)
  /// The dataset has fewer rows than k.
  case tooFewRows(name: String, rows: Int, k: Int)
  /// The true neighbours do not fit into this machine's memory.
  case tooManyAnswers(name: String, queries: Int, k: Int)
  /// The exact index and the definition of the distance disagree; `problem` describes the difference.
  case groundTruthDiffers(name: String, query: Int, problem: String)
  /// An index of another library returned a row twice, or a row that does not exist.
  case wrongAnswer(label: String, query: Int, row: Int32, isDuplicate: Bool)
  /// An index of another library has written into the queries, which it may only read.
  case changedQueries(label: String)
  /// Every answer of another library's index was empty.
  case noAnswers(label: String)
  /// The program that should measure cannot do it.
  case program(path: String, problem: String)
}

extension BenchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dataset(let name, let error):
      "\(name): \(error)"
    case .notMutable(let kind):
      "index \(kind) takes no vectors, so there is nothing to measure; choose another --index"
    case .index(let label, let error):
      "\(label): \(error)"
    case .notInFile(let label):
      "\(label) lives in memory and can't be kept or opened; use storage=lmdb with an index that has it"
    case .noKeptIndex(let label, let path):
      "\(label): no build of these parameters, seed and data at \(path); make it with run --keep-index"
    case .notKept(let label, let path, let reason):
      "\(label): can't be kept at \(path): \(reason)"
    case .notWrittenWhileSearched(let kind):
      "index \(kind) can't be searched while it is written to; use --index memtable"
    case .oneClient(let kind):
      "index \(kind) is called in Python and answers one client at a time, so requests can't arrive at a rate; choose "
        + "another --index, such as the plug-in hnswlib"
    case .onlySearched(let kind):
      "index \(kind) takes no insertions and removals after its first vectors, so it can't follow a drift or a runbook; "
        + "leave it out"
    case .runbook(let error): "\(error)"
    case .tooManyRequests(let rate, let seconds, let most):
      "\(rate) requests a second for \(seconds) s are more than \(most); use a shorter --duration or a "
        + "lower --rate"
    case .notFiltered(let kind):
      "index \(kind) takes no filter, so the workload filtered can't measure it; leave it out"
    case .filter(let name, let error):
      "\(name): \(error)"
    case .tooFewRowsToWrite(let name, let rows, let baseRows, let needed):
      "\(name): \(baseRows) of \(rows) rows in the base leave fewer than \(needed) to write; use --base-rows "
        + "≤ \(rows - needed), or more rows"
    case .tooFewRows(let name, let rows, let k):
      "\(name): \(rows) train rows have no \(k) neighbours; use k ≤ \(rows), or more rows"
    case .tooManyAnswers(let name, let queries, let k):
      "\(name): \(k) neighbours of \(queries) queries are more than this machine's memory holds; use fewer with -k or "
        + "--queries"
    case .groundTruthDiffers(let name, let query, let problem):
      "\(name): query \(query): \(problem); nothing was written: scale the vectors to magnitudes that Float32 can "
        + "square and add, or report a fault of the flat index"
    case .wrongAnswer(let label, let query, let row, let isDuplicate):
      "\(label): the answer to query \(query) has row \(row)"
        + (isDuplicate ? " twice" : ", which was not inserted") + "; mend the library, whose answers can't be judged"
    case .noAnswers(let label):
      "\(label): every answer was empty; check that the search writes its ids and how many there are"
    case .changedQueries(let label):
      "\(label): the library has changed the queries, which later rounds need; let it change a copy"
    case .program(let path, let problem):
      "\(path): \(problem); name a recallbench of this version, or compare two runs with \(ProgramName.current) compare"
    }
  }
}
