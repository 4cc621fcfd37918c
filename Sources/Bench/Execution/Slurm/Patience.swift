import Foundation

/// Decides when a job that has ended, or that Slurm does not list, has brought nothing.
///
/// A network file system shows new files late: NFS, for example, keeps the contents of a folder for up to a minute. A
/// job that is not listed may have been submitted just now.
struct Patience {
  /// How late a network file system may show a file.
  private static let ofNetwork = Duration.seconds(90)
  /// How late Slurm may list a job.
  private static let ofQueue = Duration.seconds(5)

  private let ended: Duration
  private let unlisted: Duration
  private var seen: [String: ContinuousClock.Instant] = [:]

  /// - Parameters:
  ///   - folder: the folder in which a file is expected.
  ///   - least: the least wait for a file of a job that has ended.
  init(for folder: String, least: Duration = .zero) {
    self.init(ended: max(Self.late(in: folder), least))
  }

  /// - Parameter ended: the wait for a file of a job that has ended.
  init(ended: Duration) {
    self.ended = ended
    unlisted = max(ended, Self.ofQueue)
  }

  /// How late a file that is there may be seen in a folder; zero on a local disk.
  static func late(in folder: String) -> Duration { FileSystemKind.network(of: folder) == nil ? .zero : ofNetwork }

  /// Whether nothing more is expected of a job.
  ///
  /// - Parameters:
  ///   - job: the job's name.
  ///   - isListed: whether Slurm says that the job has ended; otherwise it does not list it.
  mutating func isOver(for job: String, isListed: Bool, now: ContinuousClock.Instant = .now) -> Bool {
    let since = seen[job] ?? now
    seen[job] = since
    return now - since >= (isListed ? ended : unlisted)
  }

  /// Forgets that a job had ended, because it is at work again.
  mutating func restart(for job: String) { seen[job] = nil }
}

/// The pauses between two looks at the queue: short at first, and 5 s when a run takes minutes.
struct Pause {
  private let start = ContinuousClock.now

  mutating func wait() {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    usleep(UInt32(min(max(elapsed / 20, 0.25), 5) * 1e6))
  }
}
