import Bench
import Datasets
import VectorCore
import VectorIndexes

/// A mistake in a command line; the program ends with code 2.
enum UsageError: Error, Equatable {
  case missingCommand(known: [String])
  case unknownCommand(String, known: [String])
  case unknownOption(String, known: [String])
  case missingOption(String)
  case missingValue(option: String)
  case unexpectedValue(option: String, value: String)
  case repeatedOption(String)
  case invalidValue(option: String, value: String, expected: String)
  /// A filter that cannot be read.
  case filter(option: String, FilterConditionError)
  /// A dataset or an index that is not in the results.
  case unknownName(option: String, name: String, known: [String])
  case missingArgument(String)
  case unexpectedArgument(String)
  /// An environment variable asks for something that this machine does not have.
  case environment(String)
  /// An index or a parameter was requested in a way that the index refuses.
  case index(IndexError)
  /// An index cannot be tuned.
  case tuning(TuneError)
  /// An option sets what the named sweep file already sets.
  case excludedOption(String, by: String)
  /// An option cannot be combined with another one that was given.
  case unsuitedOption(String, with: String)
  /// Two options exclude each other.
  case conflictingOptions(String, String)
  /// The sweep file is invalid, or leaves nothing to measure.
  case sweep(PlanError)
  /// The program is a debug build, whose figures would mean nothing.
  case debugBuild
}

extension UsageError: CustomStringConvertible {
  var description: String {
    switch self {
    case .missingCommand(let known): "which command? there are \(known.joined(separator: ", "))"
    case .unknownCommand(let name, let known):
      "unknown command \(name)" + Self.suggestion(for: name, among: known, all: "commands")
    case .unknownOption(let name, let known):
      "unknown option \(name)" + Self.suggestion(for: name, among: known, all: "options")
    case .missingOption(let name): "\(name) is required"
    case .missingValue(let option): "\(option) needs a value"
    case .unexpectedValue(let option, let value): "\(option) takes no value, but got \(value)"
    case .repeatedOption(let option): "\(option) is given twice; give it once"
    case .filter(let option, let error): "\(option): \(error)"
    case .invalidValue(let option, let value, let expected): "\(option) \(value): expected \(expected)"
    case .unknownName(let option, let name, let known):
      "\(option) \(name) is not in the results, which have "
        + (known.isEmpty ? "no cells" : known.joined(separator: ", "))
    case .missingArgument(let name): "\(name) is missing"
    case .unexpectedArgument(let argument): "unexpected argument \(argument)"
    case .environment(let problem): problem
    case .index(let error): "\(error)"
    case .tuning(let error): "--index: \(error)"
    case .excludedOption(let option, let file): "\(option) is set by \(file); leave it out, or change the file"
    case .unsuitedOption(let option, let other): "\(option) does not go with \(other); leave one of them out"
    case .conflictingOptions(let one, let other): "\(one) does not go with \(other); leave one out"
    case .sweep(let error): "\(error)"
    case .debugBuild:
      "this is a debug build, whose figures mean nothing; build with -c release, or add --allow-debug"
    }
  }

  private static func suggestion(for name: String, among known: [String], all: String) -> String {
    nearestName(to: name, among: known).map { "; did you mean \($0)?" }
      ?? "; \(all): \(known.joined(separator: ", "))"
  }
}
