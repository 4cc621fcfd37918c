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
  precondition(chunk > 0, "chunks have at least one item")
  let chunks = (count + chunk - 1) / chunk
  @Sendable func run(_ number: Int) { body(number, number * chunk..<min((number + 1) * chunk, count)) }
  guard threads > 1, chunks > 1 else {
    for number in 0..<chunks { run(number) }
    return
  }
  let next = Atomic<Int>(0)
  DispatchQueue.concurrentPerform(iterations: min(threads, chunks)) { _ in
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < chunks else { return }
      run(number)
    }
  }
}
