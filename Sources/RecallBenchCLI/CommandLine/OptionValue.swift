import Bench
import VectorIndexes

/// The kind of value that an option or a positional argument takes; the text is the placeholder in the help, such as
/// `DIR`.
enum OptionValue: Sendable, Equatable {
  /// No value: the option is given or not.
  case flag
  case text(String)
  /// An integer in the range, see `Quantity.count`.
  case integer(String, ClosedRange<Int>)
  /// A number in the range.
  case number(String, ClosedRange<Double>)
  /// A time, see `Quantity.seconds`.
  case seconds(String)
  /// A size, see `Quantity.bytes`.
  case bytes(String)
  /// One of the names.
  case choice(String, [String])
  case file(String)
  case folder(String)
  /// A dataset: a name in the catalog, or a file.
  case dataset(String)
  /// A kind of index.
  case indexKind(String)
  /// A parameter of an index and its values: `nprobe=1,2,4`.
  case setting(String)
  /// The name of a command, or its second word.
  case command(String)

  /// A choice among the cases of a type.
  static func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ placeholder: String, of type: Choice.Type
  ) -> OptionValue {
    .choice(placeholder, type.allCases.map(\.rawValue))
  }

  /// The placeholder; `nil` for a flag.
  var placeholder: String? {
    switch self {
    case .flag: nil
    case .text(let text), .integer(let text, _), .number(let text, _), .seconds(let text), .bytes(let text),
      .choice(let text, _), .file(let text), .folder(let text), .dataset(let text), .indexKind(let text),
      .setting(let text), .command(let text):
      text
    }
  }

  /// The meaning, followed by the choices when there are some: `what is written: csv or json`.
  func explained(_ meaning: String) -> String {
    guard case .choice(_, let names) = self, let last = names.last else { return meaning }
    let choices = names.count == 1 ? last : "\(names.dropLast().joined(separator: ", ")) or \(last)"
    return meaning.isEmpty ? choices : "\(meaning): \(choices)"
  }

  /// A description of the expected value; `nil` when the text is valid.
  func expectation(unmetBy text: String) -> String? {
    switch self {
    case .integer(_, let range):
      Quantity.count(text).map(range.contains) == true ? nil : Self.words(range)
    case .number(_, let range):
      Double(text).map(range.contains) == true
        ? nil : "a number, \(Self.text(range.lowerBound))…\(Self.text(range.upperBound))"
    case .seconds: Quantity.seconds(text) == nil ? Quantity.secondsExpected : nil
    case .bytes: Quantity.bytes(text) == nil ? Quantity.bytesExpected : nil
    case .choice(_, let names): names.contains(text) ? nil : names.joined(separator: ", ")
    case .file: text.isEmpty ? "a file" : nil
    case .folder: text.isEmpty ? "a folder" : nil
    case .dataset: text.isEmpty ? "a name or a file" : nil
    case .flag, .text, .indexKind, .setting, .command: nil
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "an integer, at least \(range.lowerBound)" : "an integer, \(range.lowerBound)…\(range.upperBound)"
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 0x1p53 ? String(Int(number)) : String(number)
  }
}
