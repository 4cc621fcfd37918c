internal import CHDF5
import Foundation

/// The one door to the HDF5 library: a lock, because it is not built for threads everywhere, and its error stack.
enum Library {
  /// Recursive, since a handle may be released while the lock is held.
  private static let lock: NSRecursiveLock = {
    // A child process that another thread has just forked holds the lock of a file that is closed here already.
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
    // Objects of a damaged file can keep the library from closing at exit, which it then complains of on stderr.
    // Nothing needs it: files are closed by their handles.
    H5dont_atexit()
    return NSRecursiveLock()
  }()

  /// What is noted of the calls; only touched with the lock held.
  nonisolated(unsafe) static var calls = LibraryCalls()

  /// Runs calls into HDF5, alone.
  ///
  /// - Parameter bytes: memory that they need for what they read, where their memory is limited.
  static func locked<Result, Failure: Error>(
    allowing bytes: Int = 0, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    calls.begin(allowing: bytes)
    defer {
      calls.end()
      lock.unlock()
    }
    // A thread-safe build keeps one error stack a thread, each set to print until told not to.
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    return try body()
  }

  /// Says that calls within one `locked` go on. Call it with the lock held.
  static func step() { CallCounter.steps.add(1, ordering: .relaxed) }
}

/// What a call is about: the file, and in it the dataset or attribute.
struct Place: Sendable {
  let path: String
  var name: String?

  func object(_ name: String) -> Place { Place(path: path, name: name) }

  /// The identifier a call returned, owned; `operation` completes "cannot …". Call it with the lock held.
  func handle(_ operation: String, _ id: hid_t) throws(HDF5Error) -> Handle {
    guard id >= 0 else { throw failure(operation) }
    return Handle(owning: id)
  }

  /// Checks a status, where negative means failed. Call it with the lock held.
  @discardableResult
  func check<Status: SignedInteger>(_ operation: String, _ status: Status) throws(HDF5Error) -> Status {
    guard status >= 0 else { throw failure(operation) }
    return status
  }

  /// The error that HDF5's error stack tells of, right after the call that failed.
  func failure(_ operation: String) -> HDF5Error {
    var stack = ErrorStack()
    withUnsafeMutablePointer(to: &stack) { stack in
      _ = H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { _, entry, stack in
          guard let entry = entry?.pointee, let stack else { return 0 }
          stack.assumingMemoryBound(to: ErrorStack.self).pointee.add(entry)
          return 0
        }, stack)
    }
    if stack.tellsOfTruncation { return .truncated(path: path, detail: stack.text) }
    return .library(path: path, name: name, operation: operation, detail: stack.text)
  }
}

/// HDF5's error stack on one line, the cause first.
private struct ErrorStack {
  private(set) var tellsOfTruncation = false
  private var lines: [String] = []

  var text: String { lines.isEmpty ? "no detail" : lines.joined(separator: " < ") }

  mutating func add(_ entry: H5E_error2_t) {
    if entry.min_num == chdf5_E_TRUNCATED() { tellsOfTruncation = true }
    guard let description = entry.desc, lines.count < 6 else { return }
    let line = oneLine(description)
    if lines.last != line { lines.append(line) }
  }
}

/// A text out of a file for an error, which stays one line whatever the file holds.
func oneLine(_ text: UnsafePointer<CChar>?) -> String {
  guard let text else { return "" }
  return String(String(cString: text).map { $0.isNewline || $0.asciiValue ?? 32 < 32 ? " " : $0 })
}

/// An identifier of the library, released with the last reference.
final class Handle: @unchecked Sendable {
  private(set) var id: hid_t

  init(owning id: hid_t) { self.id = id }

  deinit {
    guard id >= 0 else { return }
    Library.locked { _ = H5Idec_ref(id) }
  }

  /// Releases the identifier now; for files this is when the last bytes are written. Call it with the lock held.
  func release(_ place: Place, _ operation: String) throws(HDF5Error) {
    guard id >= 0 else { return }
    let released = H5Idec_ref(id)
    id = -1
    try place.check(operation, released)
  }
}
