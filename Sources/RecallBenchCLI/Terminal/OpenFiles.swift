import Foundation

/// The open files that a process starts with, and how many it may have.
enum OpenFiles {
  /// Enough for the pipes of a measuring process, a ledger, and an index in a file.
  private static let least: rlim_t = 64

  /// Gives closed standard files a place: the next file that is opened would else get their number, and output with it.
  ///
  /// Writing to them fails, as it does to a closed one.
  static func holdStandardNumbers() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Raises a limit on open files that is too low, as far as that is permitted.
  ///
  /// - Throws: `UsageError.environment` where it stays too low: system libraries abort without a file left.
  static func ensureEnough() throws(UsageError) {
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < least else { return }
    guard limit.rlim_max >= least else {
      throw .environment(
        "this process may have only \(limit.rlim_max) files open at a time; allow \(least) with `ulimit -n \(least)`")
    }
    limit.rlim_cur = least
    setrlimit(resource, &limit)
  }
}
