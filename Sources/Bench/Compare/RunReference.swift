import Foundation

/// Which run of which ledger is meant: `latest`, `latest~1`, `12`, a tag, a commit, a folder, `reports/night@v1~2`.
///
/// A number is a run's, or else the beginning of a commit. Where a tag or a commit has several runs, the newest is
/// meant, and `~N` the N-th before it. Only runs that came to their end are looked at, unless one is named by its number.
public struct RunReference: Sendable, Equatable, CustomStringConvertible {
  /// As typed.
  public let description: String
  /// The folder that it names; nil for the one that the command works in.
  private let folder: String?
  private let name: String
  private let stepsBack: Int

  /// - Throws: `CompareError.reference` for what cannot be one.
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

  /// Whether a run may be called so: no reference means anything else by it.
  public static func isTag(_ text: String) -> Bool {
    !text.isEmpty && text != latest && !text.allSatisfy(\.isNumber)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
  }

  /// Finds the run and reads its cells.
  ///
  /// - Parameter folder: where to look when the reference names none.
  /// - Throws: `CompareError`.
  public func find(in folder: String) throws(CompareError) -> ComparedRun {
    let folder = self.folder ?? folder
    guard Ledger.exists(in: folder) else { throw .ledger(.nothing(folder: folder)) }
    let found: ComparedRun?
    let runs: [Ledger.Run]
    do throws(LedgerError) {
      let ledger = try Ledger(folder: folder)
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
    let ended = runs.filter { $0.ended != nil }
    var found = name == Self.latest ? ended : ended.filter { $0.tag == name }
    if found.isEmpty, let number = Int(name), stepsBack == 0 { found = runs.filter { $0.number == number } }
    if found.isEmpty, name.count >= 4 { found = ended.filter { $0.commit.hasPrefix(name) } }
    return found.dropLast(stepsBack).last
  }
}

/// A run with its cells, as one side of a comparison.
public struct ComparedRun: Sendable {
  /// The ledger's.
  public let folder: String
  public let run: Ledger.Run
  /// In the order of the plan.
  public let records: [CellRecord]

  /// What was ordered to go wrong in it, each once; empty of every honest run.
  public var disturbances: [String] {
    (run.machineAtStart.provenance.disturbances
      + records.flatMap { $0.measurement?.provenance.disturbances ?? [] }).distinct
  }

  public init(folder: String, run: Ledger.Run, records: [CellRecord]) {
    self.folder = folder
    self.run = run
    self.records = records
  }
}
