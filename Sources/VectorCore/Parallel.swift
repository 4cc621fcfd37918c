import Dispatch
import Synchronization

/// Divides `count` items into chunks of a fixed size and processes them on `threads` threads.
///
/// The chunks depend on `chunk` only, never on `threads`. A caller that keeps a partial result for each chunk and
/// combines these in order gets the same bits for any number of threads. A thread that is free takes the next chunk. If
/// the system refuses threads, the existing ones do all the work.
///
/// - Parameter body: receives the number and the items of a chunk; it is called concurrently.
public func parallelChunks(
  of count: Int, chunk: Int, threads: Int, _ body: @Sendable (_ number: Int, _ items: Range<Int>) -> Void
) {
  parallelChunks(of: count, chunk: chunk, threads: threads, scratch: ()) { _, number, items in body(number, items) }
}

/// Does the same with working memory that each thread makes once and passes to all its chunks.
///
/// - Parameter body: must leave nothing in the scratch that affects the result of another chunk.
public func parallelChunks<Scratch>(
  of count: Int, chunk: Int, threads: Int, scratch make: @autoclosure @Sendable () -> Scratch,
  _ body: @Sendable (_ scratch: Scratch, _ number: Int, _ items: Range<Int>) -> Void
) {
  precondition(chunk > 0, "chunks have at least one item")
  let chunks = (count + chunk - 1) / chunk
  guard chunks > 0 else { return }
  @Sendable func run(_ number: Int, _ scratch: Scratch) {
    body(scratch, number, number * chunk..<min((number + 1) * chunk, count))
  }
  guard threads > 1, chunks > 1 else {
    let scratch = make()
    for number in 0..<chunks { run(number, scratch) }
    return
  }
  let next = Atomic<Int>(0)
  runHelped(by: min(threads, chunks) - 1) {
    let scratch = make()
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < chunks else { return }
      run(number, scratch)
    }
  }
}

/// Runs `body` on this thread and on up to `helpers` further ones, and returns when all are done.
///
/// `concurrentPerform` is not used: it waits forever if the system refuses a thread, as it does under a memory limit.
private func runHelped(by helpers: Int, _ body: @Sendable () -> Void) {
  let done = DispatchSemaphore(value: 0)
  withoutActuallyEscaping(body) { body in
    let shared = SharedBody(body)
    var started = 0
    do {
      while started < helpers {
        try SystemThread.start(stackBytes: 1 << 20) {
          shared.run()
          done.signal()
        }
        started += 1
      }
    } catch {}
    shared.run()
    for _ in 0..<started { done.wait() }
    shared.clear()
  }
}

/// Holds the body that the threads run, and releases it when all of them are done.
///
/// A thread exists for a moment after it has reported that it is done, and must not keep the body alive that long.
/// `@unchecked Sendable`: it changes only when all threads are done.
private final class SharedBody: @unchecked Sendable {
  private var body: (@Sendable () -> Void)?

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// Not inlined, so that the caller does not retain the body.
  @inline(never) func run() { body?() }

  func clear() { body = nil }
}
