import Foundation

/// The descriptors that a process starts with, and its limit on open files.
enum OpenFiles {
  /// Enough for the pipes of a measuring process, a ledger, and an index in a file.
  private static let least: rlim_t = 64

  /// Opens the standard descriptors that are closed, so that no other file gets their numbers and the output with them.
  ///
  /// Writing to them fails, as it does for a closed descriptor.
  static func holdStandardNumbers() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Raises the limit on open files when it is too low, as far as permitted.
  ///
  /// - Throws: `UsageError.environment` when it stays too low, because system libraries abort when no descriptor is
  ///   left.
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
