import Dispatch
import Synchronization

/// Splits `count` items into chunks of a fixed size and runs them on `threads` threads.
///
/// The chunks depend on `chunk` alone, never on `threads`: a caller that keeps one partial result a chunk and
/// combines them in order gets the same bits whatever the thread count. Chunks are handed out as threads get free, and
/// where the system refuses threads those that there are do the work.
///
/// - Parameter body: gets the chunk's number and its items; runs concurrently with itself.
public func parallelChunks(
  of count: Int, chunk: Int, threads: Int, _ body: @Sendable (_ number: Int, _ items: Range<Int>) -> Void
) {
  parallelChunks(of: count, chunk: chunk, threads: threads, scratch: ()) { _, number, items in body(number, items) }
}

/// The same, with working memory that each thread makes once and hands to every chunk it runs.
///
/// - Parameter body: leaves nothing in the scratch that another chunk's result could depend on.
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

/// Runs `body` on this thread and on as many as `helpers` further ones, and returns when all are done.
///
/// Not by `concurrentPerform`, which waits for ever where the system refuses it a thread, as it does below a limit of
/// memory.
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

/// What threads run that end a moment after they have told that they are done, when nobody may hold it any more.
///
/// Unchecked because it changes when all threads are done.
private final class SharedBody: @unchecked Sendable {
  private var body: (@Sendable () -> Void)?

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// Not inlined, so that no caller keeps the body.
  @inline(never) func run() { body?() }

  func clear() { body = nil }
}
