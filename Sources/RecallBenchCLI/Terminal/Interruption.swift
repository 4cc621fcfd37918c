import Dispatch
import Foundation

/// Catches Ctrl-C and `kill` for as long as it lives.
final class Interruption {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter handle: gets the signal's number, on a queue of its own.
  init(_ handle: @escaping @Sendable (_ signal: Int32) -> Void) {
    let queue = DispatchQueue(label: "interruption", qos: .userInteractive)
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handle(number) }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
