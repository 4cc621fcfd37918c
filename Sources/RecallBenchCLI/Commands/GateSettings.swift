import Bench
import Files
import Foundation
import Reports
import YAML

/// The configuration of a gate, with the file from which it was read.
struct GateSettings {
  static let option = Option(
    "--config", .file("FILE"),
    "the file with the tolerances; 0.1 points of recall, 5% of qps and 1% of index_bytes when it is not given")

  private(set) var configuration = GateConfiguration()
  /// `nil` for the default tolerances.
  private let path: String?

  /// - Throws: `UsageError.sweep` for a file that cannot be read.
  init(_ arguments: Arguments) throws(UsageError) {
    path = arguments.text(Self.option.name)
    guard let path else { return }
    do throws(YAMLError) { configuration = try .read(path: path) } catch { throw .sweep(.yaml(error)) }
  }

  /// Accepts the changes of a report, and writes them into the file.
  ///
  /// - Returns: a line for each accepted change.
  /// - Throws: `UsageError.sweep` for a file to which nothing can be added, `OutputError`.
  mutating func accept(_ report: GateReport, reason: String) throws -> String {
    guard let path else { preconditionFailure("\(Self.option.name) was checked") }
    let day = Date().formatted(.iso8601.year().month().day())
    let accepted = configuration.accept(report, day: day, reason: reason)
    guard !accepted.isEmpty else { return "nothing became worse or better: \(path) is unchanged\n" }
    // The file was read a moment ago, so that it can be read again.
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let updated: String
    do throws(YAMLError) { updated = try configuration.text(updating: text, path: path) } catch {
      throw UsageError.sweep(.yaml(error))
    }
    try OutputFile(path).write(updated)
    return accepted.map { "accepted in \(path): \($0.dataset), \($0.index): \($0.summary)\n" }.joined()
  }
}
