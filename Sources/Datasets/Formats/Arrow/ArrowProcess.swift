import Files
import Foundation
import Processes

/// A Python process that reads Parquet and Arrow files by Apache's library, pyarrow, and writes what it is asked for to a
/// pipe.
///
/// What is written for a format of others' is read by their own library; and what crashes there, or does not end, is that
/// process alone. See `tables.py` for the protocol. For one thread at a time.
final class ArrowProcess {
  /// How long it may write nothing, in seconds: a row group of gigabytes is decoded before its first rows come.
  private static let patience = 120.0

  /// What `tables.py` calls what went wrong.
  private struct Fault: Decodable {
    let kind: String
    let path: String
    let row: Int
    let detail: String
  }

  private let child: ChildProcess
  private let interpreter: String
  /// The path to show in errors that concern no single file.
  private let path: String
  /// The rest of the block that is being read.
  private var rest = 0

  /// - Parameter path: to show in errors.
  /// - Throws: `DatasetError.noPyArrow` where there is no Python.
  init(_ request: some Encodable, path: String) throws(DatasetError) {
    guard let interpreter = PrivatePython.givenInterpreter ?? PrivatePython.current.interpreter else {
      throw .noPyArrow(path: path, interpreter: nil)
    }
    let script = String(decoding: PackageResources.tables_py, as: UTF8.self)
    guard let json = try? JSONEncoder().encode(request) else { preconditionFailure("requests are plain values") }
    // By `env`, which looks for a name without a slash where commands are.
    let words = [interpreter, "-c", script, String(decoding: json, as: UTF8.self)]
    guard let child = ChildProcess(program: "/usr/bin/env", words: words, errors: .dropped) else {
      throw .cannotRead(path: path, reason: "no process could be started (\(String(cString: strerror(errno))))")
    }
    child.closeInput()
    self.child = child
    self.interpreter = interpreter
    self.path = path
  }

  /// Reads a whole block; nil at the end.
  func block() throws(DatasetError) -> [UInt8]? {
    guard let size = try nextBlock() else { return nil }
    return try [UInt8](count: size) { (target) throws(DatasetError) in try fill(target) }
  }

  /// Reads as much as there is room for, from as many blocks as that takes.
  func read(into target: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    var filled = 0
    while filled < target.count {
      if rest == 0 {
        guard let size = try nextBlock() else { throw ended() }
        rest = size
        continue
      }
      let end = min(filled + rest, target.count)
      try fill(UnsafeMutableRawBufferPointer(rebasing: target[filled..<end]))
      rest -= end - filled
      filled = end
    }
  }

  /// The size of the next block; nil at the end.
  private func nextBlock() throws(DatasetError) -> Int? {
    var size: Int64 = 0
    let count = withUnsafeMutableBytes(of: &size) { child.readBytes(into: $0, patience: Self.patience) }
    guard let count else { throw silent() }
    guard count > 0 else {
      guard child.wait() == .exited(code: 0) else { throw ended() }
      return nil
    }
    size = Int64(littleEndian: size)
    // Batches are some megabytes, one row at least.
    guard count == 8, abs(size) < 1 << 40 else { throw ended() }
    guard size >= 0 else { throw try fault(bytes: Int(-size)) }
    return Int(size)
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    guard let count = child.readBytes(into: target, patience: Self.patience) else { throw silent() }
    guard count == target.count else { throw ended() }
  }

  private func silent() -> DatasetError {
    child.stop()
    return .table(path: path, .unreadable(reason: "pyarrow read nothing for \(Int(Self.patience)) s"))
  }

  private func ended() -> DatasetError {
    child.stop()
    switch child.wait() {
    // What `env` says of a program that it cannot run.
    case .exited(code: 126), .exited(code: 127): return .noPyArrow(path: path, interpreter: interpreter)
    case .exited(let code):
      return .table(path: path, .unreadable(reason: "the process that reads it ended with code \(code)"))
    case .signalled(let signal):
      return .table(path: path, .unreadable(reason: "the process that reads it was ended by signal \(signal)"))
    }
  }

  private func fault(bytes count: Int) throws(DatasetError) -> DatasetError {
    guard count <= 1 << 16 else { return ended() }
    let text = try [UInt8](count: count) { (target) throws(DatasetError) in try fill(target) }
    guard let fault = try? JSONDecoder().decode(Fault.self, from: Data(text)) else { return ended() }
    let place = fault.path.isEmpty ? path : fault.path
    switch fault.kind {
    case "missing": return .noPyArrow(path: path, interpreter: interpreter)
    case "null": return .table(path: place, .null(column: fault.detail, row: fault.row))
    case "ragged": return .table(path: place, .raggedList(row: fault.row, columns: Int(fault.detail) ?? 0))
    default: return .table(path: place, .unreadable(reason: fault.detail))
    }
  }
}
