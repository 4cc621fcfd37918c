import Foundation

/// A reference to a run of a ledger: `latest`, `latest~1`, `12`, a tag, a commit, a folder, `reports/night@v1~2`.
///
/// A number is the number of a run, or otherwise the beginning of a commit. When a tag or a commit has several runs,
/// the reference means the newest one, finished or not, so that a killed night is not silently skipped. `~N` means the
/// N-th finished run before it.
public struct RunReference: Sendable, Equatable, CustomStringConvertible {
  /// The text as typed.
  public let description: String
  /// The folder in the reference; `nil` for the folder in which the command works.
  private let folder: String?
  private let name: String
  private let stepsBack: Int

  /// - Throws: `CompareError.reference` for an invalid reference.
  public init(_ text: String) throws(CompareError) {
    description = text
    var rest = text
    if let at = text.lastIndex(of: "@") {
      folder = String(text[..<at])
      rest = String(text[text.index(after: at)...])
    } else if text.contains("/") || Ledger.exists(in: text) {
      folder = text
      rest = Self.latest
    } else {
      folder = nil
    }
    let parts = rest.split(separator: "~", omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty, parts.count <= 2, folder?.isEmpty != true,
      let steps = parts.count == 1 ? 0 : Int(parts[1]), steps >= 0
    else { throw .reference(text) }
    name = String(first)
    stepsBack = steps
  }

  private static let latest = "latest"

  /// Whether the text can be a tag, because no other kind of reference has this form.
  public static func isTag(_ text: String) -> Bool {
    !text.isEmpty && text != latest && !text.allSatisfy(\.isNumber)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
  }

  /// Finds the run and reads its cells.
  ///
  /// - Parameter folder: the folder to use when the reference names none.
  /// - Throws: `CompareError`.
  public func find(in folder: String) throws(CompareError) -> ComparedRun {
    let folder = self.folder ?? folder
    let found: ComparedRun?
    let runs: [Ledger.Run]
    do throws(LedgerError) {
      let ledger = try Ledger(reading: folder)
      runs = try ledger.runs()
      found = try find(among: runs).map { (run) throws(LedgerError) in
        ComparedRun(folder: folder, run: run, records: try ledger.records(of: run))
      }
    } catch {
      throw .ledger(error)
    }
    guard let found else {
      throw .noRun(description, folder: folder, finished: runs.filter { $0.ended != nil }.map(\.number))
    }
    return found
  }

  private func find(among runs: [Ledger.Run]) -> Ledger.Run? {
    func newest(_ isMeant: (Ledger.Run) -> Bool) -> Ledger.Run? {
      let meant = runs.filter(isMeant)
      return stepsBack == 0 ? meant.last : meant.dropLast().filter { $0.ended != nil }.dropLast(stepsBack - 1).last
    }
    if name == Self.latest { return newest { _ in true } }
    if runs.contains(where: { $0.tag == name }) { return newest { $0.tag == name } }
    if let number = Int(name), stepsBack == 0, let run = runs.first(where: { $0.number == number }) { return run }
    return name.count >= 4 ? newest { $0.commit.hasPrefix(name) } : nil
  }
}
