import VectorCore

/// Runs `body` on `threads` threads that start together, and returns the nanoseconds until the last one is done.
///
/// Real threads rather than a pool: a closed loop of T clients needs T of them, however many cores there are. The
/// clock starts when all of them wait at the gate, so making them is not counted. One thread is the caller's own.
///
/// - Parameter body: gets the thread's number, 0..<threads; runs concurrently with itself.
/// - Throws: `ThreadError` where the system refuses so many threads; nothing is run then.
func timeTogether(
  threads: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void
) throws(ThreadError) -> UInt64 {
  var start = monotonicNanoseconds()
  if threads > 1 {
    try SystemThread.runTogether(threads, begin: { start = monotonicNanoseconds() }, body)
  } else {
    body(0)
  }
  return monotonicNanoseconds() - start
}
