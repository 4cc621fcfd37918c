internal import CHDF5
import Foundation

/// All access to the HDF5 library: a lock, because not every build of it is thread-safe, and its error stack.
enum Library {
  /// The lock is recursive, because a handle may be released while it is held.
  private static let lock: NSRecursiveLock = {
    // A child process that another thread has just forked may still hold the lock of a file that is closed here.
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
    // With objects of a damaged file the library may be unable to close at exit, and would then print errors to stderr.
    // Closing at exit is not needed, because handles close their files.
    H5dont_atexit()
    return NSRecursiveLock()
  }()

  /// The counts of the calls; used only while the lock is held.
  nonisolated(unsafe) static var calls = LibraryCalls()

  /// Runs calls of HDF5 while holding the lock.
  ///
  /// - Parameter bytes: the memory that the calls need for the data they read, if memory is limited.
  static func locked<Result, Failure: Error>(
    allowing bytes: Int = 0, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    calls.begin(allowing: bytes)
    defer {
      calls.end()
      lock.unlock()
    }
    // A thread-safe build has one error stack per thread, and each prints errors until that is turned off.
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    return try body()
  }

  /// Records progress within a long `locked` call. The caller must hold the lock.
  static func step() { CallCounter.steps.add(1, ordering: .relaxed) }
}

/// The file, and the dataset or attribute in it, that an error message names.
struct Place: Sendable {
  let path: String
  var name: String?

  func object(_ name: String) -> Place { Place(path: path, name: name) }

  /// Takes ownership of the identifier that a call returned; `operation` completes "cannot …". The caller must hold the
  /// lock.
  func handle(_ operation: String, _ id: hid_t) throws(HDF5Error) -> Handle {
    guard id >= 0 else { throw failure(operation) }
    return Handle(owning: id)
  }

  /// Checks a returned status; a negative status is an error. The caller must hold the lock.
  @discardableResult
  func check<Status: SignedInteger>(_ operation: String, _ status: Status) throws(HDF5Error) -> Status {
    guard status >= 0 else { throw failure(operation) }
    return status
  }

  /// The error from HDF5's error stack, to be called right after the call that failed.
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

/// A text from a file for an error message, reduced to one line.
func oneLine(_ text: UnsafePointer<CChar>?) -> String {
  guard let text else { return "" }
  return String(String(cString: text).map { $0.isNewline || $0.asciiValue ?? 32 < 32 ? " " : $0 })
}

/// An identifier of the library, which is released with the last reference.
final class Handle: @unchecked Sendable {
  private(set) var id: hid_t

  init(owning id: hid_t) { self.id = id }

  deinit {
    guard id >= 0 else { return }
    Library.locked { _ = H5Idec_ref(id) }
  }

  /// Releases the identifier now; for a file, this writes its last bytes. The caller must hold the lock.
  func release(_ place: Place, _ operation: String) throws(HDF5Error) {
    guard id >= 0 else { return }
    let released = H5Idec_ref(id)
    id = -1
    try place.check(operation, released)
  }
}
