import Foundation

/// Keeps true neighbours that tests compute out of the user's cache, and those of one build away from the next.
public enum TestCache {
  /// Sets the cache of this process and of those that it starts, once; it is removed when this process ends.
  public static let isSet: Void = {
    let folder = FileManager.default.temporaryDirectory.path
    setenv("RECALLBENCH_CACHE", "\(folder)/recallbench-tests-cache-\(getpid())", 1)
    atexit {
      if let path = getenv("RECALLBENCH_CACHE") { try? FileManager.default.removeItem(atPath: String(cString: path)) }
    }
  }()
}
