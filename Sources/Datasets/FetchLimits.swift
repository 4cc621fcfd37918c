/// How long a server may take, and where it may lead to.
struct FetchLimits: Sendable {
  /// For a connection.
  var connectSeconds = 30
  /// How long bytes may arrive at less than `leastBytesPerSecond`.
  var stallSeconds = 60
  var leastBytesPerSecond = 1_000
  /// For one request and its answer. What has arrived by then is kept, and the next fetch goes on from there.
  var totalSeconds = 24 * 3_600
  var redirects = 10
}
