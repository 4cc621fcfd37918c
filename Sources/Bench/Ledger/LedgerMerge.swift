import Files
import Foundation

/// Joins the ledgers of several folders into a new one, with their raw results and computed true neighbours.
///
/// The runs are numbered in the order in which they began, since a later run has a greater number everywhere; a run keeps
/// its number where that order permits. A run that several folders have, as copies of a folder do, is taken once: the
/// copy that came to its end, or that has more cells.
public struct LedgerMerge {
  /// What becomes of the raw results.
  public enum RawResults: Sendable {
    /// Every file is read, checked and copied.
    case copied
    /// Symbolic links name the files where they are, unchecked.
    case linked
  }

  /// A run with its new number.
  public struct Run: Sendable {
    public let folder: String
    /// The number in that folder.
    public let oldNumber: Int
    public let number: Int
    /// The other folders that have the run, too.
    public let alsoIn: [String]
    fileprivate let run: Ledger.Run
    /// The new number of the base, for the head of an interleaved pair.
    fileprivate let pairedWith: Int?
  }

  /// The runs in the order of their new numbers.
  public let runs: [Run]
  private let ledgers: [String: Ledger]
  /// They keep sweeps out as long as this object exists.
  private let locks: [FolderLock]

  /// Reads the runs of the folders.
  ///
  /// - Parameter locks: whether to keep sweeps out of the folders while this object exists.
  /// - Throws: `LedgerError`; `.inUse` for a folder into which a sweep is running, when `locks` is set.
  public init(_ folders: [String], locks: Bool) throws(LedgerError) {
    var (ledgers, held, places): ([String: Ledger], [FolderLock], Set<String>) = ([:], [], [])
    var copies: [Copy] = []
    for folder in folders where places.insert(URL(filePath: folder).resolvingSymlinksInPath().path).inserted {
      let ledger = try Ledger(reading: folder)
      if locks { held.append(try FolderLock(folder)) }
      ledgers[folder] = ledger
      for run in try ledger.runs() { copies.append(Copy(folder: folder, run: run, identity: Identity(run))) }
    }
    self.ledgers = ledgers
    self.locks = held
    runs = try Self.numbered(copies, ledgers)
  }

  /// A run in one of the folders.
  private struct Copy {
    let folder: String
    let run: Ledger.Run
    let identity: Identity
  }

  /// What copies of a run have in common, whatever has been measured since they were made.
  private struct Identity: Hashable {
    let started: Date
    let command: String
    let machine: String
    let tag: String
    /// Two runs of a pair begin at the same time.
    let isHead: Bool

    init(_ run: Ledger.Run) {
      (started, command, tag) = (run.started, run.command, run.tag)
      machine = LedgerJSON.text(run.machineAtStart)
      isHead = run.pairedWith != nil
    }
  }

  private static func numbered(_ copies: [Copy], _ ledgers: [String: Ledger]) throws(LedgerError) -> [Run] {
    var chosen: [(copy: Copy, others: [String])] = []
    for (_, copies) in copies.grouped(by: \.identity) {
      var best = copies[0]
      for copy in copies.dropFirst() where try extent(of: copy, ledgers) > extent(of: best, ledgers) { best = copy }
      chosen.append((best, copies.map(\.folder).filter { $0 != best.folder }))
    }
    // Sorting is stable: of runs that began at the same time, the one of the first folder comes first.
    let ordered = chosen.enumerated().sorted { one, other in
      let (one, other) = (
        (one.element.copy.run.started, one.element.copy.identity.isHead ? 1 : 0, one.offset),
        (other.element.copy.run.started, other.element.copy.identity.isHead ? 1 : 0, other.offset)
      )
      return one < other
    }.map(\.element)
    let identities = Dictionary(copies.map { (Place($0.folder, $0.run.number), $0.identity) }) { first, _ in first }
    var numbers: [Identity: Int] = [:]
    var last = 0
    var runs: [Run] = []
    for (copy, others) in ordered {
      let own = copy.run.number
      last = own > last && own <= LedgerLimits.count.upperBound ? own : last + 1
      numbers[copy.identity] = last
      let base = copy.run.pairedWith.flatMap { identities[Place(copy.folder, $0)] }.flatMap { numbers[$0] }
      runs.append(
        Run(
          folder: copy.folder, oldNumber: own, number: last, alsoIn: others, run: copy.run, pairedWith: base))
    }
    return runs
  }

  private struct Place: Hashable {
    let folder: String
    let number: Int

    init(_ folder: String, _ number: Int) { (self.folder, self.number) = (folder, number) }
  }

  /// How complete a copy is; a greater one is more complete.
  private static func extent(
    of copy: Copy, _ ledgers: [String: Ledger]
  ) throws(LedgerError) -> (Int, Int) {
    (copy.run.ended == nil ? 0 : 1, try ledgers[copy.folder]?.records(of: copy.run).count ?? 0)
  }

  /// Writes the joined ledger into an existing folder without one.
  ///
  /// - Returns: the number of raw results that a ledger names, and whose files are missing.
  /// - Throws: `LedgerError`, also for a damaged record or raw result; the folder is then incomplete.
  /// - Complexity: O(records + bytes of raw results).
  @discardableResult
  public func write(to folder: String, rawResults: RawResults = .copied) throws(LedgerError) -> Int {
    let joined = try Ledger(folder: folder)
    var missing = 0
    for run in runs {
      guard let ledger = ledgers[run.folder] else { continue }
      try joined.add(run.run, number: run.number, pairedWith: run.pairedWith)
      var records: [CellRecord] = []
      for record in try ledger.records(of: run.run) {
        guard case .measured(let measurement, let file?) = record.outcome else {
          records.append(record)
          continue
        }
        let place = RawResultFile.path(
          of: record.planned, variant: record.variant, dataset: record.dataset.name, key: record.key, run: run.number)
        let isThere = RawResultFile.exists(file, in: run.folder)
        if isThere {
          if rawResults == .copied { _ = try record.rawRounds(in: run.folder) }
          try RawResultFile.bring(file, of: run.folder, to: "\(folder)/\(place)", isLinked: rawResults == .linked)
        } else {
          missing += 1
        }
        records.append(
          CellRecord(
            key: record.key, dataset: record.dataset, variant: record.variant, planned: record.planned,
            outcome: .measured(measurement, rawFile: place), finished: record.finished, limits: record.limits))
      }
      try joined.record(records, run: run.number)
    }
    if rawResults == .copied {
      for source in Set(runs.map(\.folder)).sorted() { try copyTruth(of: source, to: folder) }
    }
    return missing
  }

  /// Copies computed true neighbours; the name of such a file is made from its content.
  private func copyTruth(of source: String, to folder: String) throws(LedgerError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(source)/\(SweepDataset.truthFolder)")) ?? []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = "\(SweepDataset.truthFolder)/\(name)"
      let target = "\(folder)/\(path)"
      guard !FileManager.default.fileExists(atPath: target), let bytes = RawResultFile.regularBytes("\(source)/\(path)")
      else { continue }
      do throws(OutputError) {
        try OutputFolder(creating: "\(folder)/\(SweepDataset.truthFolder)").write(bytes, to: name)
      } catch {
        throw .output(error)
      }
    }
  }
}
