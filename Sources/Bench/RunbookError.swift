import YAML

/// Why a runbook cannot be followed; every description is one line with the remedy.
public enum RunbookError: Error, Equatable, Sendable {
  case file(YAMLError)
  /// The file has no runbook for a dataset.
  case noRunbook(file: String, dataset: String, known: [String])
  /// A step that cannot be carried out, counted from 1.
  case step(file: String, section: String, step: Int, field: String, value: Int, expected: String)
  /// The file has changed since the sweep was planned.
  case changed(file: String)
}

extension RunbookError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .noRunbook(let file, let dataset, let known):
      "\(file): dataset \(dataset): expected one of \(known.joined(separator: ", ")); give it a runbook under its name"
    case .step(let file, let section, let step, let field, let value, let expected):
      "\(file): \(section), step \(step): \(field) \(value): expected \(expected)"
    case .changed(let file):
      "\(file): the runbook has changed since the measurement was planned; restore it, or run again"
    }
  }
}
