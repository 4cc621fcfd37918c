import Foundation
import HDF5
import VectorCore

/// Limits for a process that reads files from elsewhere; the process ends when a file breaks them.
///
/// libhdf5 crashes on some damaged files, never returns from others, and allocates gigabytes for some of a hundred
/// bytes. None of that is an error that a process could go on from, so files from elsewhere are read in a process that
/// nothing else depends on.
public struct ReadingLimits: Sendable, Codable, Equatable {
  /// How long a call into the library may take without reading a further part of a file.
  public var seconds = 10.0
  /// By how much memory may grow during such a call, beside the chunks that it reads.
  public var bytes = 256 << 20

  public init() {}

  /// Ends this process at once when the library crashes, or breaks the limits.
  ///
  /// - Parameter words: what is written to standard error before and behind the path of the file that is read, and the
  ///   code to end with; without them nothing is written, and the code is one that `ReadingEnd` explains.
  /// - Throws: `ThreadError` where the system refuses the thread that watches; nothing is limited then.
  public func enforce(words: Words? = nil) throws(ThreadError) {
    LastWords.prepare(words)
    try HDF5CallLimits(seconds: seconds, bytes: bytes).enforce { LastWords.end(.stuck) }
    CrashHandlers.install()
  }

  /// What a process says whose parent does not speak for it.
  public struct Words {
    let prefix: String
    let explanation: (ReadingEnd) -> String
    let exitCode: Int32

    public init(prefix: String, exitCode: Int32, explanation: @escaping (ReadingEnd) -> String) {
      self.prefix = prefix
      self.exitCode = exitCode
      self.explanation = explanation
    }
  }
}

/// What ended a process while it read a file.
public enum ReadingEnd: Sendable, Equatable {
  /// A call into the HDF5 library did not return.
  case stuck
  /// The HDF5 library crashed by this signal.
  case crashed(signal: Int32)

  private static let stuckCode: Int32 = 78
  /// Below codes that shells give to signals.
  private static let crashCode: Int32 = 80

  /// How the process ends.
  var exitCode: Int32 {
    switch self {
    case .stuck: Self.stuckCode
    case .crashed(let signal): Self.crashCode + signal
    }
  }

  /// - Parameter code: with which a process ended; nil is returned for one that has other reasons.
  public init?(exitCode code: Int32) {
    switch code {
    case Self.stuckCode: self = .stuck
    case Self.crashCode + 1...Self.crashCode + 31: self = .crashed(signal: code - Self.crashCode)
    default: return nil
    }
  }
}

/// Handlers of the signals that crashes send, for the time that the HDF5 library runs.
private enum CrashHandlers {
  private static let signals = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP]

  /// Those that were there before, by number; written once, before any handler runs.
  private nonisolated(unsafe) static var before = Array(repeating: sigaction(), count: 32)

  /// Leaves crashes outside the library to the handlers that are there already.
  static func install() {
    for number in signals {
      sigaction(number, nil, &before[Int(number)])
      signal(number) { number in
        if HDF5CallLimits.isCalling { LastWords.end(.crashed(signal: number)) }
        sigaction(number, &CrashHandlers.before[Int(number)], nil)
        raise(number)
      }
    }
  }
}

/// The end of the process, with a line that was laid out before: a handler must not allocate.
private enum LastWords {
  private nonisolated(unsafe) static var prefix = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// By the number of the signal; the first is that of `ReadingEnd.stuck`.
  private nonisolated(unsafe) static var explanations = [UnsafeBufferPointer<UInt8>]()
  private nonisolated(unsafe) static var exitCode: Int32?

  static func prepare(_ words: ReadingLimits.Words?) {
    guard let words else { return }
    prefix = copy(words.prefix)
    explanations = (0..<32).map { copy(": \(words.explanation($0 == 0 ? .stuck : .crashed(signal: Int32($0))))\n") }
    exitCode = words.exitCode
  }

  private static func copy(_ text: String) -> UnsafeBufferPointer<UInt8> {
    let bytes = Array(text.utf8)
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = memory.initialize(from: bytes)
    return UnsafeBufferPointer(memory)
  }

  static func end(_ end: ReadingEnd) -> Never {
    guard let exitCode else { _exit(end.exitCode) }
    var place = 0
    if case .crashed(let signal) = end { place = Int(signal) }
    write(STDERR_FILENO, prefix.baseAddress, prefix.count)
    write(STDERR_FILENO, HDF5CallLimits.currentPath, strlen(HDF5CallLimits.currentPath))
    write(STDERR_FILENO, explanations[place].baseAddress, explanations[place].count)
    _exit(exitCode)
  }
}
