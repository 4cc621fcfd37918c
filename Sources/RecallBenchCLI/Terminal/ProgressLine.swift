import Synchronization

/// One line of progress: drawn again and again on a terminal, written now and then elsewhere.
final class ProgressLine: Sendable {
  private let isShown: Bool
  private let interval: Duration
  private let lastDraw: Mutex<ContinuousClock.Instant?>

  /// - Parameter isShown: whether anything is written.
  init(isShown: Bool) {
    self.isShown = isShown
    interval = Console.isInteractive ? .milliseconds(100) : .seconds(10)
    lastDraw = Mutex(nil)
  }

  /// Shows the text, unless a text was shown a moment ago.
  func draw(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    lastDraw.withLock { lastDraw in
      if let lastDraw, ContinuousClock.now - lastDraw < interval { return }
      lastDraw = .now
      show(text())
    }
  }

  /// Shows the text at once, and ends the previous one.
  func begin(_ text: String) {
    guard isShown else { return }
    lastDraw.withLock { lastDraw in
      lastDraw = .now
      show(text)
    }
  }

  /// Clears the terminal's line for other output.
  func end() {
    if isShown, Console.isInteractive { Console.clearLine() }
  }

  private func show(_ text: String) {
    if Console.isInteractive { Console.draw(text) } else { Console.note("\(text)\n") }
  }
}
