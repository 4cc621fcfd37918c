import Foundation

/// What readers on several threads have seen, and how they failed.
final class ReaderResults<Seen: Sendable>: Sendable {
  private let lock = NSLock()
  nonisolated(unsafe) private var seen: [Seen] = []
  nonisolated(unsafe) private var failures: [String] = []

  func add(_ more: [Seen]) { lock.withLock { seen += more } }

  func fail(_ message: String) { lock.withLock { failures.append(message) } }

  func take() -> ([Seen], [String]) { lock.withLock { (seen, failures) } }
}
