import Datasets
import Files
import VectorIndexes

/// Why a sweep stopped.
public enum BenchError: Error, Equatable, Sendable {
  /// The dataset can't judge what is asked for: more neighbours than it states.
  case dataset(name: String, DatasetError)
  /// An index that nothing can be inserted into.
  case notMutable(kind: String)
  /// An index refused to build or to search.
  case index(label: String, IndexError)
  /// An index in memory, which can't be kept or opened.
  case notInFile(label: String)
  /// There is no build of these parameters, seed and data to open.
  case noKeptIndex(label: String, path: String)
  /// A build could not be put where it was to be kept.
  case notKept(label: String, path: String, reason: String)
  /// An index that can't be searched while it is written to.
  case notWrittenWhileSearched(kind: String)
  /// An index of another library in a workload that lets it grow.
  case onlySearched(kind: String)
  /// Fewer rows beside those of the base than a workload writes.
  case tooFewRowsToWrite(name: String, rows: Int, baseRows: Int, needed: Int)
  /// Fewer rows than neighbours are asked for.
  case tooFewRows(name: String, rows: Int, k: Int)
  /// More true neighbours than this machine's memory holds.
  case tooManyAnswers(name: String, queries: Int, k: Int)
  /// The exact index and the definition of the distance do not agree; `problem` says in what.
  case groundTruthDiffers(name: String, query: Int, problem: String)
  /// An index of another library answered a query with a row twice, or with one that there is not.
  case wrongAnswer(label: String, query: Int, row: Int32, isDuplicate: Bool)
  /// An index of another library has written into the queries, which it may only read.
  case changedQueries(label: String)
  /// A program that was to measure cannot.
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
    case .onlySearched(let kind):
      "index \(kind) is of another library, which only the workload search measures; leave it out"
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
    case .changedQueries(let label):
      "\(label): the library has changed the queries, which later rounds need; let it change a copy"
    case .program(let path, let problem):
      "\(path): \(problem); name a recallbench of this version, or compare two runs with \(ProgramName.current) compare"
    }
  }
}
