import Foundation

/// A child process whose standard input, and normally its standard output, are pipes. It may be used by one thread at a
/// time.
///
/// It is written with `posix_spawn` and `waitpid`, because starting a process takes 1 ms so and 30 ms with Foundation's
/// `Process`.
public final class ChildProcess {
  /// How the process ended.
  public enum End: Sendable, Equatable {
    case exited(code: Int32)
    case signalled(Int32)
  }

  public let identifier: pid_t
  private var input: Int32
  private let output: Int32
  private var buffer: [UInt8] = []
  private var end: End?

  /// The destination of the child's standard output.
  public enum Output: Sendable {
    /// A pipe to this process, which reads it line by line.
    case piped
    /// The standard output of this process.
    case inherited
  }

  /// The destination of the child's standard error.
  public enum Errors: Sendable {
    /// The standard error of this process.
    case inherited
    /// Discarded.
    case dropped
    /// An open file of this process.
    case descriptor(Int32)
  }

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - program: the path of the program.
  ///   - words: the arguments, without the program's name.
  /// - Returns: `nil`, with `errno` set, when the process cannot be started.
  public init?(program: String, words: [String], errors: Errors = .inherited, output: Output = .piped) {
    // The ends of the pipes are closed in other children, whose copy of an end would keep the pipe open.
    guard let toChild = Self.pipe() else { return nil }
    guard let fromChild = Self.pipe() else {
      for end in [toChild.read, toChild.write] { close(end) }
      return nil
    }
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #else
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #endif
    // Threads of a dispatch queue block signals, and a child inherits the signal mask of the thread that starts it.
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild.read, STDIN_FILENO)
    if case .piped = output { posix_spawn_file_actions_adddup2(&actions, fromChild.write, STDOUT_FILENO) }
    switch errors {
    case .inherited: break
    case .dropped: posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    case .descriptor(let file): posix_spawn_file_actions_adddup2(&actions, file, STDERR_FILENO)
    }
    var arguments = ([program] + words).map { strdup($0) } + [nil]
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, program, &actions, &attributes, &arguments, environ)
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    for end in [toChild.read, fromChild.write] { close(end) }
    guard code == 0 else {
      for end in [toChild.write, fromChild.read] { close(end) }
      errno = code
      return nil
    }
    self.identifier = identifier
    input = toChild.write
    self.output = fromChild.read
  }

  deinit {
    if end == nil {
      kill(identifier, SIGKILL)
      _ = wait()
    }
    closeInput()
    close(output)
  }

  private static func pipe() -> (read: Int32, write: Int32)? {
    var ends: [Int32] = [0, 0]
    guard Foundation.pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Writes a line to its standard input, as far as it reads.
  public func send(_ line: String) {
    _ = Self.write(line, to: input)
  }

  /// Writes a line to a pipe, and returns whether the other end is still open.
  ///
  /// Not by Foundation, which traps where nobody does any more: the other process may go away between two lines.
  public static func write(_ line: String, to pipe: Int32) -> Bool { write(Data((line + "\n").utf8), to: pipe) }

  /// Writes bytes to a pipe, and returns whether the other end is still open. No signal ends this process if it is not.
  public static func write(_ bytes: Data, to pipe: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = withoutPipeSignal(to: pipe) {
        rest.withUnsafeBytes { Foundation.write(pipe, $0.baseAddress, $0.count) }
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }

  /// Ends its standard input.
  public func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  private static let longestLine = 1 << 26

  /// What a wait for a line brought.
  public enum Line: Equatable {
    case text(String)
    case end
    case timedOut
  }

  /// The moment in so many seconds, for `nextLine`; nil of nil.
  public static func deadline(in seconds: Double?) -> UInt64? {
    seconds.map { monotonicNanoseconds() + UInt64($0 * 1e9) }
  }

  /// Returns the next line of the child's standard output.
  ///
  /// - Parameter deadline: the moment until which it waits at most; nil for ever.
  public func nextLine(until deadline: UInt64?) -> Line {
    while true {
      if let place = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<place], as: UTF8.self)
        buffer.removeSubrange(...place)
        return .text(line)
      }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      guard let count = chunk.withUnsafeMutableBytes({ read($0, until: deadline) }) else { return .timedOut }
      guard count > 0 else { return .end }
      buffer += chunk[..<count]
      // No line that means anything is so long.
      if buffer.count > Self.longestLine { buffer.removeAll() }
    }
  }

  /// Reads as many bytes of its standard output as there is room for; not in turns with `nextLine`.
  ///
  /// - Parameters:
  ///   - target: where they go.
  ///   - seconds: how long it may write nothing; nil for ever.
  /// - Returns: how many there were until its output ended; nil where it wrote nothing for so long.
  public func readBytes(into target: UnsafeMutableRawBufferPointer, patience seconds: Double?) -> Int? {
    var filled = 0
    while filled < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      guard let count = read(rest, until: Self.deadline(in: seconds)) else { return nil }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// What there is to read, at least a byte; 0 at the end, nil where there was nothing until then.
  private func read(_ target: UnsafeMutableRawBufferPointer, until deadline: UInt64?) -> Int? {
    while true {
      var wait: Int32 = -1
      if let deadline {
        let now = monotonicNanoseconds()
        guard now < deadline else { return nil }
        wait = Int32(min((deadline - now) / 1_000_000 + 1, 1_000_000))
      }
      var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, wait)
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      let count = Foundation.read(output, target.baseAddress, target.count)
      if count < 0, errno == EINTR { continue }
      return max(count, 0)
    }
  }

  /// Ends it at once.
  public func stop() { if end == nil { kill(identifier, SIGKILL) } }

  /// Waits until the process ends.
  public func wait() -> End {
    if let end { return end }
    var status: Int32 = 0
    var waited: pid_t
    repeat { waited = waitpid(identifier, &status, 0) } while waited < 0 && errno == EINTR
    // A child whose end the system does not tell has not succeeded.
    if waited < 0 { status = EX_OSERR << 8 }
    let signal = status & 0x7F
    let end = signal == 0 ? End.exited(code: (status >> 8) & 0xFF) : .signalled(signal)
    self.end = end
    return end
  }
}
