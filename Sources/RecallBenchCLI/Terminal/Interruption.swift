import Dispatch
import Foundation

/// Handles Ctrl-C, `kill` and the closing of the terminal while this object exists.
final class Interruption {
  private let sources: [any DispatchSourceSignal]
  private let signals: [Int32]

  /// - Parameter handle: is called with the signal's number, on a queue of its own.
  init(_ handle: @escaping @Sendable (_ signal: Int32) -> Void) {
    let queue = DispatchQueue(label: "interruption", qos: .userInteractive)
    // `nohup` makes a process ignore SIGHUP, and it stays ignored.
    signals = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || !Self.isIgnored($0) }
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handle(number) }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in signals { signal(number, SIG_DFL) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    let handler = unsafeBitCast(signal(number, SIG_IGN), to: UInt.self)
    let isIgnored = handler == unsafeBitCast(SIG_IGN, to: UInt.self)
    if !isIgnored { signal(number, SIG_DFL) }
    return isIgnored
  }
}
