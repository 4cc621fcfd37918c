import Files

/// Why two runs cannot be compared; every description is one line with the remedy.
public enum CompareError: Error, Equatable, Sendable {
  case ledger(LedgerError)
  /// The text is no valid reference to a run.
  case reference(String)
  /// The ledger has no such run; `finished` are the numbers of its finished runs.
  case noRun(String, folder: String, finished: [Int])
  /// Artificial faults were injected into the run's measurements.
  case disturbed(folder: String, run: Int, disturbances: [String])
}

extension CompareError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ledger(let error): "\(error)"
    case .reference(let text):
      "'\(text)' names no run; use latest, latest~1, a number, a tag, a commit, a folder, or FOLDER@ one of these"
    case .noRun(let text, let folder, let finished):
      "\(folder) has no finished run '\(text)'; "
        + (finished.isEmpty ? "none has come to its end" : "there are \(Self.ranges(finished))")
        + ": \(ProgramName.current) history --runs --out \(folder) lists them"
    case .disturbed(let folder, let run, let disturbances):
      "\(folder): run \(run) was disturbed by order (\(disturbances.joined(separator: ", "))); name another run, or add "
        + "--allow-disturbed"
    }
  }

  private static func ranges(_ numbers: [Int]) -> String {
    guard let first = numbers.first, let last = numbers.last else { return "" }
    return first == last ? "number \(first)" : "\(numbers.count) from number \(first) to \(last)"
  }
}
