import Foundation

/// Runs `body` on `threads` threads that start together, and returns the nanoseconds until the last one is done.
///
/// Real threads rather than a pool: a closed loop of T clients needs T of them, however many cores there are. The
/// clock starts when all of them wait at the gate, so making them is not counted. One thread is the caller's own.
///
/// - Parameter body: gets the thread's number, 0..<threads; runs concurrently with itself.
func timeTogether(threads: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) -> UInt64 {
  guard threads > 1 else {
    let start = monotonicNanoseconds()
    body(0)
    return monotonicNanoseconds() - start
  }
  let ready = DispatchSemaphore(value: 0)
  let gate = DispatchSemaphore(value: 0)
  let done = DispatchSemaphore(value: 0)
  for number in 0..<threads {
    let thread = Thread {
      ready.signal()
      gate.wait()
      body(number)
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  for _ in 0..<threads { ready.wait() }
  let start = monotonicNanoseconds()
  for _ in 0..<threads { gate.signal() }
  for _ in 0..<threads { done.wait() }
  return monotonicNanoseconds() - start
}
