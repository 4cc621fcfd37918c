import Dispatch
import Synchronization

/// Splits `count` items into chunks of a fixed size and runs them on `threads` threads.
///
/// The chunks depend on `chunk` alone, never on `threads`: a caller that keeps one partial result a chunk and
/// combines them in order gets the same bits whatever the thread count. Chunks are handed out as threads get free.
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
  DispatchQueue.concurrentPerform(iterations: min(threads, chunks)) { _ in
    let scratch = make()
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < chunks else { return }
      run(number, scratch)
    }
  }
}
