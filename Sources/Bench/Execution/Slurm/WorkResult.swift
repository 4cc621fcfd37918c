import Datasets
import Files
import Foundation

/// The result of an order as its job brings it back.
struct WorkResult: Codable, Sendable {
  /// One ended cell.
  struct Cell: Codable, Sendable {
    let key: CellKey
    let status: CellStatus
    /// The reason in one line; empty for a measured cell.
    let error: String
    let measurement: CellMeasurement?
    /// The raw results, relative to the result's folder; `nil` for none.
    let rawFile: String?
    let finished: Date
    /// The SHA-256 of the rows that were found; `nil` for a cell that was not measured.
    let answers: String?
    /// The limits under which the cell was measured; `nil` when it was not begun.
    var limits: Limits?

    var outcome: CellRecord.Outcome {
      measurement.map { .measured($0, rawFile: rawFile) } ?? .ended(status, error: error)
    }
  }

  var version = WorkFolder.version
  let attempt: WorkAttempt
  /// The node with the times of its reference search; `nil` when nothing was measured.
  let node: ClusterNode?
  var cells: [Cell] = []
  /// Further files, relative to the result's folder.
  var files: [String] = []
  /// The reason why an order without cells failed; `nil` when it did not.
  var failure: String?
}

extension WorkResult.Cell {
  /// - Parameters:
  ///   - limits: the limits under which the cell was measured; `nil` when it was not begun.
  ///   - folder: the folder in which the raw results were written.
  init(key: CellKey, _ outcome: CellRecord.Outcome, limits: Limits?, in folder: String) {
    var digest: String?
    switch outcome {
    case .measured(let measurement, let file):
      if let file, let raw = try? RawResultFile.read("\(folder)/\(file)") {
        digest = SHA256.of("\(raw.k) \(raw.rows.map(String.init).joined(separator: " "))")
      }
      self.init(
        key: key, status: .ok, error: "", measurement: measurement, rawFile: file, finished: Date(), answers: digest,
        limits: limits)
    case .ended(let status, let error):
      self.init(
        key: key, status: status, error: error, measurement: nil, rawFile: nil, finished: Date(), answers: nil,
        limits: limits)
    }
  }
}

extension WorkFolder {
  /// What a result's folder contains, with the SHA-256 of each file.
  private struct Manifest: Codable {
    var files: [String: String]
  }

  private static let resultFile = "result.json"
  private static let manifestFile = "manifest.json"

  /// Publishes a result: its files are copied into a hidden folder, flushed, and renamed together.
  ///
  /// The first result of an order stays; a later one is kept beside it, under the name of its attempt.
  ///
  /// - Parameter source: the folder with the raw results.
  /// - Returns: the folder of the result.
  @discardableResult
  func publish(_ result: WorkResult, from source: String) throws(ClusterError) -> String {
    let part = "\(path)/results/.\(result.attempt.name)"
    let files = FileManager.default
    try? files.removeItem(atPath: part)
    var manifest = Manifest(files: [:])
    func note(_ name: String) throws(ClusterError) {
      guard let digest = SHA256.ofFile("\(part)/\(name)") else {
        throw .output(OutputError(path: "\(part)/\(name)", .system(errno)))
      }
      manifest.files[name] = digest
    }
    for name in result.cells.compactMap(\.rawFile) + result.files {
      guard let bytes = files.contents(atPath: "\(source)/\(name)") else {
        throw .ledger(.noRawResult(path: "\(source)/\(name)"))
      }
      let target = "\(part)/\(name)"
      try Self.output { () throws(OutputError) in
        _ = try OutputFolder(creating: (target as NSString).deletingLastPathComponent)
        try OutputFile(target).write(bytes)
      }
      try note(name)
    }
    try Self.output { () throws(OutputError) in _ = try OutputFolder(creating: part) }
    try Self.write(result, to: "\(part)/\(Self.resultFile)")
    try note(Self.resultFile)
    try Self.write(manifest, to: "\(part)/\(Self.manifestFile)")
    for target in [self.result(result.attempt.number), "\(path)/results/\(result.attempt.name)"] {
      if rename(part, target) == 0 {
        Self.flush("\(path)/results")
        return target
      }
      guard errno == EEXIST || errno == ENOTEMPTY else { break }
    }
    throw .output(OutputError(path: self.result(result.attempt.number), .system(errno)))
  }

  /// Lets a new name in a folder reach the disk, where the file system can do that.
  private static func flush(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }

  /// Reads a result and checks every file of it.
  ///
  /// - Throws: `ClusterError.damaged` for a missing or changed file.
  func readResult(at folder: String) throws(ClusterError) -> WorkResult {
    let manifest: Manifest = try Self.readLate("\(folder)/\(Self.manifestFile)")
    for (name, digest) in manifest.files.sorted(by: { $0.key < $1.key })
    where SHA256.ofFile("\(folder)/\(name)") != digest {
      let problem = access("\(folder)/\(name)", F_OK) == 0 ? "changed since it was measured" : "missing"
      throw .damaged(path: "\(folder)/\(name)", problem: problem)
    }
    let result: WorkResult = try Self.read("\(folder)/\(Self.resultFile)")
    guard result.version == Self.version else {
      throw .otherVersion(path: folder, version: result.version, known: Self.version)
    }
    guard (result.cells.compactMap(\.rawFile) + result.files).allSatisfy({ manifest.files[$0] != nil }) else {
      throw .damaged(path: folder, problem: "the manifest lacks a file of the result")
    }
    return result
  }

  /// The results of an order that came after the first one.
  func duplicates(_ number: Int) -> [String] {
    Self.names(in: "\(path)/results").filter { $0.hasPrefix("\(number).") && !$0.hasSuffix(".damaged") }
      .map { "\(path)/results/\($0)" }
  }

  /// Reads the result of an order; a damaged one is put aside, and the order must be carried out again.
  ///
  /// - Parameter damaged: receives the damage.
  /// - Returns: `nil` for a damaged result.
  func takeResult(
    _ number: Int, damaged: (ClusterError) -> Void = { _ in }
  ) throws(ClusterError) -> WorkResult? {
    do throws(ClusterError) { return try readResult(at: result(number)) } catch {
      guard case .damaged = error else { throw error }
      setAside(number)
      forgetAttempts(number)
      damaged(error)
      return nil
    }
  }

  /// Takes a damaged result out of the way, so that the order is carried out again.
  func setAside(_ number: Int) {
    let target = "\(result(number)).damaged"
    try? FileManager.default.removeItem(atPath: target)
    rename(result(number), target)
  }
}
