import VectorSearch

/// A fault of an index in Python; every description is one line.
public enum PythonError: IndexFailure, Equatable {
  /// The interpreter could not be started.
  case notStarted(interpreter: String, reason: String)
  /// The memory that both processes map could not be created.
  case noSharedMemory(bytes: Int, reason: String)
  /// An exception or an invalid answer, in the words of the driver.
  case failed(String)
  /// The process ended without an answer; `printed` is the last line of its standard error.
  case ended(call: String, how: String, printed: String)
  /// The module or its library accepts vectors only once, all in one call.
  case fitsOnce
  /// A Python function serves one client only.
  case oneClient(threads: Int)
  /// An id is stored already.
  case stored(id: UInt64)
  case noFilters
  case noRemoval
}

extension PythonError {
  public var description: String {
    switch self {
    case .notStarted(let interpreter, let reason):
      "\(interpreter): Python could not be started: \(reason); install it, or set RECALLBENCH_PYTHON"
    case .noSharedMemory(let bytes, let reason):
      "no \(bytes) bytes of memory to share with Python: \(reason)"
    case .failed(let problem): problem
    case .ended(let call, let how, let printed):
      "Python \(how) in \(call)\(printed.isEmpty ? "" : "; it printed last: \(printed)")"
    case .fitsOnce: "this index in Python takes all its vectors at once; only the workload 'search' does that"
    case .stored(let id): "id \(id) is stored already; remove it first, or replace it"
    case .oneClient(let threads):
      "an index in Python answers one client, not \(threads); use --threads 1, or --batch"
    case .noFilters: "an index in Python takes no filter"
    case .noRemoval: "this index in Python removes no vectors"
    }
  }
}
