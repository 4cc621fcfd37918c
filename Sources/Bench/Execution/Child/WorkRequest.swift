import Foundation
import Synchronization

/// Further cells that a child measures on the index that it has built; one line of JSON on its standard input.
struct WorkRequest: Codable, Sendable {
  var cells: [WorkOrder.Item]
  /// Whether the child waits for a line before each round and before computing the figures.
  var isPaced: Bool
  /// The `CellMeasurement.session` of the cells; `nil` when only these cells are interleaved.
  var session: String?
}

/// The lines that a child receives from its parent after its order, in the order of their arrival.
final class ParentLines: Sendable {
  private let lines = Mutex<[String]>([])
  private let count = DispatchSemaphore(value: 0)

  func add(_ line: String) {
    lines.withLock { $0.append(line) }
    count.signal()
  }

  /// The next line; waits for it.
  func next() -> String {
    count.wait()
    return lines.withLock { $0.removeFirst() }
  }
}
