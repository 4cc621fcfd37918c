import Foundation

/// How much a server may send, how long it may take, and where it may lead to.
struct FetchLimits: Sendable {
  /// Of all files that are fetched at once.
  var mostBytes = DatasetFetcher.defaultMostBytes
  /// For a connection.
  var connectSeconds = 30
  /// How long bytes may arrive at less than `leastBytesPerSecond`.
  var stallSeconds = 60
  var leastBytesPerSecond = 1_000
  /// For one request and its answer. What has arrived by then is kept, and the next fetch goes on from there.
  var totalSeconds = 24 * 3_600
  var redirects = 10
  /// How often and how long a busy server is waited for that says when to ask again.
  var waits = 3
  var mostWaitSeconds = 60
  /// Of the list of a dataset's files.
  var listPages = 1_000
  var listBytes = 1 << 26

  /// Asks again where a server is busy and says for how long.
  func patiently<Reply>(_ ask: () throws(FetchError) -> Reply) throws(FetchError) -> Reply {
    for _ in 0..<waits {
      do throws(FetchError) { return try ask() } catch {
        guard case .busyServer(_, _, let seconds?) = error, seconds <= mostWaitSeconds else { throw error }
        Thread.sleep(forTimeInterval: TimeInterval(seconds))
      }
    }
    return try ask()
  }
}
