import VectorCore

/// Runs `body` on `threads` threads that start together, and returns the nanoseconds until the last one is done.
///
/// The function starts real threads and does not use a thread pool, because a closed loop of T clients needs T threads,
/// however many cores there are. The clock starts when all threads wait at a gate, so starting them is not timed. One
/// of the threads is the caller's own.
///
/// - Parameter body: receives the thread's number, 0..<threads; runs concurrently with itself.
/// - Throws: `ThreadError` when the system refuses to start so many threads; nothing is run then.
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
