import Files
import Foundation
import HDF5

extension RawResultFile {
  /// Whether a path that a ledger names stays below the folder of raw results, whoever wrote the ledger.
  static func isInside(_ file: String) -> Bool {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 && parts[0] == folderName && !file.utf8.contains(0)
      && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  /// The absolute path of a file that a ledger names.
  ///
  /// - Parameters:
  ///   - file: the path relative to the ledger's folder.
  ///   - folder: the ledger's folder.
  /// - Throws: `LedgerError.noRawResult` when there is no such file below the folder of raw results.
  private static func place(_ file: String, in folder: String) throws(LedgerError) -> String {
    let path = "\(folder)/\(file)"
    guard isInside(file), isRegular(path) else { throw .noRawResult(path: path) }
    return path
  }

  /// Whether there is a regular file at a path, since reading a named pipe would never end.
  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether a file that a ledger names is there.
  static func exists(_ file: String, in folder: String) -> Bool { (try? place(file, in: folder)) != nil }

  /// The bytes of a regular file; `nil` when there is none, or it cannot be read.
  static func regularBytes(_ path: String) -> Data? {
    isRegular(path) ? FileManager.default.contents(atPath: path) : nil
  }

  /// Copies a file that a ledger names to another path, or links it there.
  ///
  /// - Throws: `LedgerError.noRawResult`, `.output`.
  static func bring(_ file: String, of folder: String, to path: String, isLinked: Bool) throws(LedgerError) {
    let source = try place(file, in: folder)
    let content = isLinked ? nil : try bytes(file, in: folder)
    do throws(OutputError) {
      let target = try OutputFolder(creating: (path as NSString).deletingLastPathComponent)
      if let content { return try target.write(content, to: (path as NSString).lastPathComponent) }
      guard symlink(URL(filePath: source).standardizedFileURL.path(percentEncoded: false), path) == 0 else {
        throw OutputError(path: path, .system(errno))
      }
    } catch {
      throw .output(error)
    }
  }

  /// The bytes of a file that a ledger names.
  public static func bytes(_ file: String, in folder: String) throws(LedgerError) -> Data {
    let path = try place(file, in: folder)
    guard let bytes = FileManager.default.contents(atPath: path) else { throw .noRawResult(path: path) }
    return bytes
  }

  /// Reads the raw results of a cell, and checks that the file belongs to that cell.
  ///
  /// - Throws: `LedgerError.noRawResult` when there is no file, `.raw` when it cannot be read, `.otherRawResult` when
  ///   it belongs to another cell.
  static func read(
    _ file: String, in folder: String, of measurement: CellMeasurement, key: CellKey
  ) throws(LedgerError) -> RawRounds {
    let path = try place(file, in: folder)
    let raw = try read(path)
    let queries = measurement.dataset.queries
    for (name, found, expected) in [
      ("key", try cell(path), key.text), ("k", "\(raw.k)", "\(measurement.options.k)"),
      ("number of queries", "\(raw.queries)", "\(queries)"),
    ] where found != expected {
      throw .otherRawResult(path: path, what: name, found: found, expected: expected)
    }
    return raw
  }

  /// The key of the cell that the file states; empty when it states none.
  private static func cell(_ path: String) throws(LedgerError) -> String {
    do throws(HDF5Error) {
      guard case .string(let key)? = try HDF5File.open(path).attribute("recallbench_cell") else { return "" }
      return key
    } catch {
      throw .raw(error)
    }
  }

  /// Whether sums of these times, each drawn as often as there are queries, fit into 64 bits.
  static func areBearable(_ times: [UInt64], queries: Int) -> Bool {
    let longest = times.max() ?? 0
    let (product, overflows) = longest.multipliedReportingOverflow(by: UInt64(max(queries, 1)))
    return !overflows && product <= UInt64(Int64.max)
  }
}

extension CellRecord {
  /// Reads the cell's raw results.
  ///
  /// - Parameter folder: the ledger's folder.
  /// - Throws: `LedgerError`; also for a cell that was not measured.
  public func rawRounds(in folder: String) throws(LedgerError) -> RawRounds {
    guard case .measured(let measurement, let file?) = outcome else { throw .noRawResult(path: folder) }
    return try RawResultFile.read(file, in: folder, of: measurement, key: key)
  }
}
