import Foundation

/// Turns a crash inside a C library into one line on standard error and exit code 1.
///
/// libhdf5 follows wild pointers in some files with damaged internal structures (1 in 300 of those with a few random
/// bytes in their headers). The process cannot go on then, but it can say which file was to blame; files of results
/// are whole at any time, since each is renamed into place.
enum CrashNotice {
  private static let signals = [SIGSEGV, SIGBUS, SIGFPE]

  /// What the handler writes. It is laid out before, since a handler must not allocate.
  private nonisolated(unsafe) static var line = UnsafeRawBufferPointer(start: nil, count: 0)

  private static let end: @convention(c) (Int32) -> Void = { _ in
    _ = write(STDERR_FILENO, CrashNotice.line.baseAddress, CrashNotice.line.count)
    _exit(RecallBench.ExitCode.failure.rawValue)
  }

  /// Runs `body`; should the process crash meanwhile, on whichever thread, it says `message` and ends with code 1.
  ///
  /// Not to be nested, nor called from two threads at once.
  static func during<Result>(_ message: String, _ body: () throws -> Result) rethrows -> Result {
    let clearsBar = Console.isInteractive ? "\r\u{1B}[K" : ""
    let text = Array("\(clearsBar)recallbench: \(message)\n".utf8)
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
    copy.copyBytes(from: text)
    line = UnsafeRawBufferPointer(copy)
    let handlersBefore = signals.map { number in
      var before = sigaction()
      sigaction(number, nil, &before)
      signal(number, end)
      return before
    }
    defer {
      for (number, var before) in zip(signals, handlersBefore) { sigaction(number, &before, nil) }
      copy.deallocate()
    }
    return try body()
  }
}
