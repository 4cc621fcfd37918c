import Foundation

/// Runs `body`, whose writes to a pipe that nobody reads any more fail with `EPIPE`: the signal SIGPIPE, which by default
/// ends the whole process, is held back in this thread and removed.
///
/// Three system calls more. They are needed because a process that has not chosen to ignore the signal, such as one that
/// uses this package as a library or runs its tests, must not end with the child that it writes to.
public func withoutPipeSignal<Result>(_ body: () throws -> Result) rethrows -> Result {
  var signal = sigset_t()
  sigemptyset(&signal)
  sigaddset(&signal, SIGPIPE)
  guard !isPending(SIGPIPE) else { return try body() }
  var before = sigset_t()
  pthread_sigmask(SIG_BLOCK, &signal, &before)
  defer {
    // The signal of a write is directed to the thread that wrote.
    if isPending(SIGPIPE) {
      var number: Int32 = 0
      sigwait(&signal, &number)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
  return try body()
}

private func isPending(_ signal: Int32) -> Bool {
  var signals = sigset_t()
  sigpending(&signals)
  return sigismember(&signals, signal) == 1
}
