import Foundation

/// Runs `body`, which writes to `pipe`: if nobody reads it any more the write fails with `EPIPE`, and no signal SIGPIPE
/// ends this process.
///
/// A process that has not chosen to ignore the signal, such as one that uses this package as a library or runs its tests,
/// must not end with the child that it writes to. Linux directs the signal to the thread that wrote, where it is held back
/// and removed by a few system calls; Darwin can be asked not to send it for this pipe.
func withoutPipeSignal<Result>(to pipe: Int32, _ body: () throws -> Result) rethrows -> Result {
  #if os(Linux)
    // A signal that waits already is not of this write.
    guard !isPending(SIGPIPE) else { return try body() }
    var signal = sigset_t()
    sigemptyset(&signal)
    sigaddset(&signal, SIGPIPE)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &signal, &before)
    defer {
      let error = errno
      var now = timespec()
      if isPending(SIGPIPE) { sigtimedwait(&signal, nil, &now) }
      pthread_sigmask(SIG_SETMASK, &before, nil)
      errno = error
    }
  #else
    _ = fcntl(pipe, F_SETNOSIGPIPE, 1)
  #endif
  return try body()
}

#if os(Linux)
  private func isPending(_ signal: Int32) -> Bool {
    var signals = sigset_t()
    sigpending(&signals)
    return sigismember(&signals, signal) == 1
  }
#endif
